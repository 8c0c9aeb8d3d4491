import Inventory

/// Asks a person for what a login needs. Whoever implements it lets one question be open at a time.
public protocol LoginPrompter: Sendable {
  /// Shows the question and waits for the answer; nil when there is nobody to ask, or who is there gives none.
  func answer(to question: LoginQuestion) async -> Secret?
}

/// A question of a login.
public struct LoginQuestion: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The passphrase of this key file; the answer holds for the whole fleet.
    case passphrase(path: String)
    /// The password of a user on a host.
    case password
    /// What the server wants to know (RFC 4256, 3.2).
    case server
    /// Whether a host key that is not known is to be trusted: yes or no.
    case hostKey
  }

  public var kind: Kind
  /// One line, fit for a terminal, such as "passphrase of /root/.ssh/id_ed25519: ".
  public var text: String
  /// Whether the answer may be seen while it is typed.
  public var isEchoed: Bool

  public init(_ kind: Kind, text: String, isEchoed: Bool = false) {
    self.kind = kind
    self.text = text
    self.isEchoed = isEchoed
  }
}
