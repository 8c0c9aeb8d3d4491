import Inventory

/// One command on the wire: the text of its exec request, and the reader of the marks that come back on standard error.
///
/// The wrapper around the command prints, on standard error and each on a line of its own, a mark when the command
/// starts and one with its status when it has ended. Only the second proves that the command ran to its end. With a sudo
/// password, nothing of the input is sent before the first mark, so that a password prompt never swallows an archive.
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
    /// sudo asked again: the password is wrong. Close at once, or sudo tries the input as further passwords.
    case passwordWrong
  }

  /// The command line of the exec request, for the login shell.
  public let text: String
  /// The input must wait for ``Step/started``.
  public let awaitsStart: Bool

  private let startMark: [UInt8]
  private let endMark: [UInt8]
  private let prompt: [UInt8]?
  private var passwordSent = false
  private var started = false
  private var line: [UInt8] = []
  private var kept: [UInt8] = []
  private var dropped = false
  private let limit: Int
  /// The status of the trailer; nil while it has not come.
  public private(set) var status: Int32?

  /// Longest line that can be a mark or a prompt; a longer one passes through in pieces.
  private static let longestMark = 128

  /// - Parameters:
  ///   - nonce: a fresh random word of `[a-z0-9]`, so that no output can be taken for a mark.
  ///   - limit: bytes of standard error to keep.
  public init(_ command: RemoteCommand, privilege: Privilege, nonce: String, limit: Int) {
    var words = ["sh", "-c", Self.wrapper, "gantry", nonce] + command.words
    var prompt: String?
    if command.asRoot {
      switch privilege {
      case .none:
        break
      case .automatic:
        words = ["sh", "-c", Self.escalation, "gantry"] + words
      case .sudo(password: nil):
        words = ["env", "LC_ALL=C", "sudo", "-n", "--"] + words
      case .sudo(password: .some):
        prompt = "gantry-password-\(nonce):"
        words = ["env", "LC_ALL=C", "sudo", "-S", "-p", "gantry-password-\(nonce):", "--"] + words
      }
    }
    text = words.map(ShellQuote.quote).joined(separator: " ")
    awaitsStart = prompt != nil
    self.prompt = prompt.map { Array($0.utf8) }
    startMark = Array("\u{1e}\(nonce) start".utf8)
    endMark = Array("\u{1e}\(nonce) end ".utf8)
    self.limit = limit
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
        } else if let value = statusOfTrailer() {
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
      if !started, let prompt, line.elementsEqual(prompt) {
        line.removeAll(keepingCapacity: true)
        if passwordSent { return .passwordWrong }
        passwordSent = true
        step = .sendPassword
      } else if line.count > Self.longestMark {
        keep(line)
        line.removeAll(keepingCapacity: true)
      }
    }
    return step
  }

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

  private func statusOfTrailer() -> Int32? {
    guard line.starts(with: endMark) else { return nil }
    return Int32(String(decoding: line.dropFirst(endMark.count), as: UTF8.self))
  }

  private mutating func keep(_ bytes: [UInt8]) {
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
    + " printf \"\\036%s start\\n\" \"$gantry_nonce\" >&2;"
    + " \"$@\"; gantry_status=$?;"
    + " printf \"\\n\\036%s end %d\\n\" \"$gantry_nonce\" \"$gantry_status\" >&2; exit \"$gantry_status\""

  private static let escalation =
    "if [ \"$(id -u)\" = 0 ]; then exec \"$@\"; fi;"
    + " if sudo -n true 2>/dev/null; then exec sudo -n -- \"$@\"; fi; exec \"$@\""
}
