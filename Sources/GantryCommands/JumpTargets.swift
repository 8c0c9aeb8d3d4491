import Fleet
import Inventory
import SSH

/// The hosts to go through, from `gantry_jump` or ProxyJump: `[user@]host[:port]`, several with commas between them.
enum JumpTargets {
  /// - Parameter make: the target of one host, from its name, user and port.
  /// - Throws: `inventory-variable` when the text is no list of hosts.
  static func parse(
    _ text: String, of node: String, make: (_ host: String, _ user: String?, _ port: UInt16?) -> SSHTarget
  ) throws(InventoryError) -> [SSHTarget] {
    var targets: [SSHTarget] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let (user, host, port) = split(part) else {
        throw InventoryError(
          .variable, "the node \(node) has the jump hosts \(text), which is no list of hosts",
          hint: "write gantry_jump: user@bastion:22, several with commas between them")
      }
      targets.append(make(host, user, port))
    }
    return targets
  }

  /// One hop; nil when it is none.
  static func split(_ part: Substring) -> (user: String?, host: String, port: UInt16?)? {
    var rest = Substring(part.trimmingPrefix("ssh://").filter { !$0.isWhitespace })
    var user: String?
    // A user may hold an `@`; a host may not.
    if let at = rest.lastIndex(of: "@") {
      user = String(rest[..<at])
      rest = rest[rest.index(after: at)...]
    }
    var port: UInt16?
    if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      let after = rest[rest.index(after: end)...]
      rest = rest[rest.index(after: rest.startIndex)..<end]
      if !after.isEmpty {
        guard after.hasPrefix(":"), let number = UInt16(after.dropFirst()), number > 0 else { return nil }
        port = number
      }
    } else if rest.count(where: { $0 == ":" }) == 1, let colon = rest.firstIndex(of: ":") {
      guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else { return nil }
      port = number
      rest = rest[..<colon]
    }
    guard !rest.isEmpty, user?.isEmpty != true, !rest.hasPrefix("-") else { return nil }
    return (user, String(rest), port)
  }
}
