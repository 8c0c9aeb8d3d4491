import Inventory

/// One command on the wire: the text of its exec request, and the reader of the marks that come back on standard error.
///
/// The wrapper around the command prints, on standard error and each on a line of its own, a mark when the command
/// starts and one with its status when it has ended; the first one also on standard output, since a login shell's own
/// files may print before the command does. Only the second proves that the command ran to its end. Where sudo
/// or its like may ask for a password, nothing of the input is sent before the first mark, so that a password prompt never swallows an archive.
///
/// A frame is a value without I/O; whoever owns the channel feeds it.
public struct CommandFrame: Sendable {
  /// What to do after some bytes of standard error were read.
  public enum Step: Sendable, Equatable {
    /// Keep reading.
    case wait
    /// sudo asks for the password: send it, then a line feed.
    case sendPassword
    /// The command runs: its input may be sent.
    case started
    /// The command will not run: sudo or its like has ended. What waits for its input wants the end of it.
    case notStarted
    /// sudo asked again: the password is wrong. Close at once, or sudo tries the input as further passwords.
    case passwordWrong
  }

  /// The command line of the exec request, for the login shell.
  public let text: String
  /// The input must wait for ``Step/started``.
  public let awaitsStart: Bool

  private let startMark: [UInt8]
  private let outputMark: [UInt8]
  private let endMark: [UInt8]
  private let overMark: [UInt8]
  private let prompt: [UInt8]?
  private var passwordSent = false
  /// How much of the mark on standard output the last bytes were; all of it once it has come.
  private var outputMatch = 0
  /// What standard output had before the mark, up to a limit: the login shell's, or a refusal.
  public private(set) var preface: [UInt8] = []
  private var started = false
  private var line: [UInt8] = []
  private var kept: [UInt8] = []
  private var dropped = false
  private let limit: Int
  private let onTerminal: Bool
  /// The status of the trailer; nil while it has not come.
  public private(set) var status: Int32?
  /// The status of sudo or its like, when something else than it is the channel's command.
  public private(set) var escalationStatus: Int32?

  /// Longest line that can be a mark or a prompt; a longer one passes through in pieces.
  private static let longestMark = 128
  private static let longestPreface = 4096

  /// - Parameters:
  ///   - nonce: a fresh random word of `[a-z0-9]`, so that no output can be taken for a mark.
  ///   - limit: bytes of standard error to keep.
  ///   - onTerminal: sudo wants a terminal (`requiretty`); one is made for it on the node.
  public init(
    _ command: RemoteCommand, privilege: Privilege, nonce: String, limit: Int, onTerminal: Bool = false
  ) {
    let wrapped = ["sh", "-c", Self.wrapper, "gantry", nonce] + command.words
    let escalation = Escalation(
      command.asRoot ? privilege : .none, command: wrapped, nonce: nonce, onTerminal: onTerminal)
    text = escalation.words.map(ShellQuote.quote).joined(separator: " ")
    awaitsStart = escalation.awaitsStart
    prompt = escalation.prompt.map { Array($0.utf8) }
    outputMark = Array("\u{1e}\(nonce) out\n".utf8)
    startMark = Array("\u{1e}\(nonce) start".utf8)
    endMark = Array("\u{1e}\(nonce) end ".utf8)
    overMark = Array("\u{1e}\(nonce) over ".utf8)
    self.limit = limit
    self.onTerminal = onTerminal
  }

  /// The command's part of the next bytes of standard output.
  public mutating func output(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    if outputMatch == outputMark.count { return bytes }
    for (index, byte) in bytes.enumerated() {
      // The mark's first byte is nowhere else in it, so a mismatch can only begin anew.
      outputMatch = byte == outputMark[outputMatch] ? outputMatch + 1 : byte == outputMark[0] ? 1 : 0
      if preface.count < Self.longestPreface { preface.append(byte) }
      if outputMatch == outputMark.count { return UnsafeRawBufferPointer(rebasing: bytes[(index + 1)...]) }
    }
    return UnsafeRawBufferPointer(rebasing: bytes[bytes.count...])
  }

  /// Takes the next bytes of standard error.
  public mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Step {
    var step = Step.wait
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        if line.elementsEqual(startMark) {
          started = true
          step = .started
          // What came before is the login shell's and sudo's, not the command's.
          kept.removeAll()
          dropped = false
        } else if let value = number(after: overMark) {
          escalationStatus = value
          if !started { step = .notStarted }
        } else if let value = number(after: endMark) {
          status = value
          // The wrapper's own line feed before the trailer.
          if !dropped, kept.last == UInt8(ascii: "\n") { kept.removeLast() }
        } else {
          keep(line)
          keep([byte])
        }
        line.removeAll(keepingCapacity: true)
        continue
      }
      line.append(byte)
      if !started, isPrompt() {
        line.removeAll(keepingCapacity: true)
        if passwordSent { return .passwordWrong }
        passwordSent = true
        step = .sendPassword
      } else if line.count > Self.longestMark {
        keep(line)
        line.removeAll(keepingCapacity: true)
      }
    }
    if isForeignPrompt() {
      line.removeAll(keepingCapacity: true)
      if passwordSent { return .passwordWrong }
      passwordSent = true
      step = .sendPassword
    }
    return step
  }

  /// The password was asked for and given.
  public var hasGivenPassword: Bool { passwordSent }
  /// The mark of the command's start was seen.
  public var hasStarted: Bool { started }
  /// More came than was kept.
  public var truncated: Bool { dropped }

  /// Standard error without marks and prompts, up to the limit; call it once, at the end.
  public mutating func finish() -> [UInt8] {
    keep(line)
    line = []
    return kept
  }

  /// The unfinished line asks for the password.
  private func isPrompt() -> Bool {
    guard let prompt else { return false }
    if !prompt.isEmpty { return line.elementsEqual(prompt) }
    // su asks in its own words and language; what stays without a line's end and ends in a colon is its question.
    // That is looked at when no more bytes are there (see receive).
    return false
  }

  /// The same for a program whose words are not ours, at the end of what has come.
  private func isForeignPrompt() -> Bool {
    guard let prompt, prompt.isEmpty, !started else { return false }
    let text = String(decoding: line, as: UTF8.self)
    return text.last(where: { $0 != " " }).map { $0 == ":" || $0 == "\u{ff1a}" } ?? false
  }

  private func number(after mark: [UInt8]) -> Int32? {
    guard line.starts(with: mark) else { return nil }
    return Int32(String(decoding: line.dropFirst(mark.count), as: UTF8.self))
  }

  private mutating func keep(_ bytes: [UInt8]) {
    // What the terminal had on it is told when the command has ended, and is nothing of the command's.
    if onTerminal, status != nil { return }
    let room = limit - kept.count
    if bytes.count > room { dropped = true }
    kept.append(contentsOf: bytes.prefix(max(0, room)))
  }

  /// On one line, without a single quote, `!` or a backslash that a shell could act on before sh does.
  ///
  /// A command may print a last line without its end, so a line feed comes before the trailer; the reader takes it out.
  private static let wrapper =
    "PATH=\"$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/var/lib/rancher/rke2/bin\";"
    + " LC_ALL=C; export PATH LC_ALL; gantry_nonce=$1; shift;"
    + " printf \"\\036%s out\\n\" \"$gantry_nonce\"; printf \"\\036%s start\\n\" \"$gantry_nonce\" >&2;"
    + " \"$@\"; gantry_status=$?;"
    + " printf \"\\n\\036%s end %d\\n\" \"$gantry_nonce\" \"$gantry_status\" >&2; exit \"$gantry_status\""
}
