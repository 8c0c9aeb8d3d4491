import Inventory

/// How commands that need root get it on a node.
public enum Privilege: Sendable {
  /// As the user who logged in, whoever that is.
  case none
  /// As the user when that is root, else by `sudo -n` where it works, else as the user.
  case automatic
  /// By sudo. The password is written to sudo's standard input when sudo asks, once, and nowhere else.
  case sudo(password: Secret?)
}
