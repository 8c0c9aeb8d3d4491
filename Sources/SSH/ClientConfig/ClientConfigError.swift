/// What is wrong with a client configuration, where, and what to do about it.
///
/// Nothing was connected when it is thrown. The message is one line, lower case, without a full stop; text of the file
/// in it has no control characters. Decisions read ``code``, never the text.
public struct ClientConfigError: Error, Sendable, Equatable {
  /// The kind of failure.
  public enum Code: String, Sendable {
    /// The file, or one that it includes, cannot be read or is no such file.
    case unreadable = "ssh-config-unreadable"
    /// Somebody else owns the file or may write to it.
    case permissions = "ssh-config-permissions"
    /// A line breaks the rules of ssh_config(5).
    case syntax = "ssh-config-syntax"
    /// A keyword that OpenSSH does not have.
    case unknownKeyword = "ssh-config-unknown-keyword"
    /// OpenSSH does this, and gantry does not.
    case unsupported = "ssh-config-unsupported"
    /// The command of a `Match exec` did not end in time or could not be started.
    case command = "ssh-config-command"
    /// A `ProxyJump` leads in a circle.
    case jumpLoop = "ssh-config-jump-loop"
  }

  public let code: Code
  /// Where it was found; nil when no place in a file is to blame.
  public let origin: SettingOrigin?
  public let message: String
  public let hint: String?

  init(_ code: Code, _ message: String, at origin: SettingOrigin? = nil, hint: String? = nil) {
    self.code = code
    self.message = MessageText.clean(message, limit: 400)
    self.origin = origin
    self.hint = hint
  }
}

extension ClientConfigError: CustomStringConvertible {
  /// `/root/.ssh/config:12: message`, without the hint.
  public var description: String { origin.map { "\($0): \(message)" } ?? message }
}
