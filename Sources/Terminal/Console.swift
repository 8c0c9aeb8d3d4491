import Fleet
import Foundation
import Synchronization

/// Standard output and standard error: the only place that knows of colour, width, and whether a person is looking.
public final class Console: Sendable {
  /// How much is told on standard error.
  public enum Verbosity: Int, Sendable, Comparable {
    case normal, verbose, debug
    public static func < (left: Verbosity, right: Verbosity) -> Bool { left.rawValue < right.rawValue }
  }

  public enum Style: String, Sendable {
    case plain = "", bold = "1", dim = "2", red = "31", green = "32", yellow = "33", cyan = "36"
  }

  /// Standard error is a terminal that can move its cursor.
  public let isInteractive: Bool
  public let verbosity: Verbosity
  private let colours: Bool
  private let resultColours: Bool
  private let lock = Mutex(Live())

  /// The lines that are painted over again.
  private struct Live {
    var lines = 0
    /// Somebody is being asked: nothing is painted over.
    var held = 0
  }

  /// - Parameter environment: `NO_COLOR` (no-color.org) and `TERM=dumb` are honoured.
  public init(environment: [String: String], verbosity: Verbosity) {
    let dumb = environment["TERM"] == "dumb"
    let noColour = !(environment["NO_COLOR"] ?? "").isEmpty
    isInteractive = isatty(STDERR_FILENO) == 1 && !dumb
    colours = isInteractive && !noColour
    resultColours = isatty(STDOUT_FILENO) == 1 && !dumb && !noColour
    self.verbosity = verbosity
  }

  /// Columns and rows of the terminal; 80 × 24 where nobody knows.
  public var size: (columns: Int, rows: Int) {
    var window = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return (80, 24) }
    return (Int(window.ws_col), Int(window.ws_row))
  }

  /// A line on standard error, above the live lines.
  public func message(_ text: String, style: Style = .plain) {
    lock.withLock { live in
      write(clearing(&live) + paint(text, style, colours) + "\n", to: STDERR_FILENO)
    }
  }

  /// `gantry: WHO: WHAT`, and the hint on a line of its own.
  public func problem(_ who: String?, _ text: String, hint: String? = nil) {
    let subject = who.map { "gantry: \($0): " } ?? "gantry: "
    message(subject + text, style: .red)
    if let hint { message("gantry: hint: " + hint) }
  }

  public func warning(_ text: String) { message("gantry: warning: " + text, style: .yellow) }

  public func verbose(_ text: String) { if verbosity >= .verbose { message("gantry: " + text, style: .dim) } }

  /// A question on standard error; the answer follows on the same line.
  public func prompt(_ text: String) {
    lock.withLock { live in write(clearing(&live) + text, to: STDERR_FILENO) }
  }

  /// Keeps the live lines away while `body` talks with the person at the terminal.
  public func holdingLive<Value>(_ body: () -> Value) -> Value {
    lock.withLock { live in
      live.held += 1
      let clear = clearing(&live)
      if !clear.isEmpty { write(clear, to: STDERR_FILENO) }
    }
    defer { lock.withLock { $0.held -= 1 } }
    return body()
  }

  /// The result, on standard output.
  public func result(_ text: String) {
    lock.withLock { live in
      let clear = clearing(&live)
      if !clear.isEmpty { write(clear, to: STDERR_FILENO) }
      write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO)
    }
  }

  /// `text` in a style, when the result goes to a terminal.
  public func styled(_ text: String, _ style: Style) -> String { paint(text, style, resultColours) }

  /// Replaces the live lines; only on an interactive console.
  func paintLive(_ lines: [String]) {
    guard isInteractive else { return }
    lock.withLock { live in
      guard live.held == 0 else { return }
      let width = size.columns
      let cut = lines.map { $0.count < width ? $0 : String($0.prefix(max(1, width - 1))) }
      write(clearing(&live) + cut.map { $0 + "\n" }.joined(), to: STDERR_FILENO)
      live.lines = cut.count
    }
  }

  /// The escape sequences that take the live lines away (ECMA-48: CUU, ED).
  private func clearing(_ live: inout Live) -> String {
    guard live.lines > 0 else { return "" }
    defer { live.lines = 0 }
    return "\u{1b}[\(live.lines)A\u{1b}[J"
  }

  private func paint(_ text: String, _ style: Style, _ colours: Bool) -> String {
    guard colours, style != .plain else { return text }
    return "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m"
  }

  private func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      guard let base = bytes.baseAddress else { return }
      var start = 0
      while start < bytes.count {
        let count = Foundation.write(descriptor, base + start, bytes.count - start)
        if count < 0 && errno == EINTR { continue }
        // A closed pipe or terminal: there is nobody left to tell.
        guard count > 0 else { return }
        start += count
      }
    }
  }
}
