import Foundation

/// Asks the person at the process's terminal for one line, also when standard input is something else.
public struct TerminalQuestion: Sendable {
  private let console: Console

  /// Returns nil when the process has no terminal.
  public init?(console: Console) {
    let descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    close(descriptor)
    self.console = console
  }

  /// Shows the question and waits for the answer; it blocks as long as the person takes.
  ///
  /// - Returns: the line; nil at the end of input and after Ctrl-C, which is then sent on to the process.
  public func ask(_ text: String, isEchoed: Bool) -> String? {
    console.holdingLive {
      let descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      var before = termios()
      guard tcgetattr(descriptor, &before) == 0 else { return nil }
      var quiet = before
      // Ctrl-C ends the line as a character: a signal could end the process with the terminal left silent.
      quiet.c_lflag &= ~tcflag_t(ISIG)
      withUnsafeMutableBytes(of: &quiet.c_cc) { $0[Int(VEOL)] = Self.interrupt }
      if !isEchoed { quiet.c_lflag &= ~tcflag_t(ECHO) }
      write(text, to: descriptor)
      // TCSAFLUSH: what was typed before the question is no answer to it.
      guard tcsetattr(descriptor, TCSAFLUSH, &quiet) == 0 else { return nil }
      defer { tcsetattr(descriptor, TCSAFLUSH, &before) }
      let line = readLine(descriptor)
      if !isEchoed || line == nil { write("\n", to: descriptor) }
      return line
    }
  }

  private static let interrupt: UInt8 = 3

  private func readLine(_ descriptor: Int32) -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = read(descriptor, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return nil }
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return String(decoding: bytes, as: UTF8.self)
      case Self.interrupt:
        kill(getpid(), SIGINT)
        return nil
      default: bytes.append(byte)
      }
    }
  }

  private func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = Foundation.write(descriptor, bytes, bytes.count)
  }
}
