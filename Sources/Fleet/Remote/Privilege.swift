import Inventory

/// How commands that need root get it on a node.
public enum Privilege: Sendable, Hashable {
  /// As the user who logged in, whoever that is.
  case none
  /// As the user when that is root, else by `sudo -n` where it works, else as the user.
  case automatic
  /// By sudo. The password is written to sudo's standard input when sudo asks, once, and nowhere else.
  case sudo(password: Secret?)
  /// By su, with root's password; given as sudo's is.
  case su(password: Secret?)
  /// By OpenBSD's doas, where doas.conf(5) permits it without a password (`nopass`): it would take one from a
  /// terminal alone, and only after its question.
  case doas

  /// The password that may be asked for.
  public var password: Secret? {
    switch self {
    case .none, .automatic, .doas: nil
    case .sudo(let password), .su(let password): password
    }
  }

  /// The program's name, for messages; nil where none is insisted on.
  public var program: String? {
    switch self {
    case .none, .automatic: nil
    case .sudo: "sudo"
    case .su: "su"
    case .doas: "doas"
    }
  }
}
