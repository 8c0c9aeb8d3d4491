/// The names under which known_hosts may have a host's key.
struct HostName: Sendable, Hashable {
  /// The name that counts, and that a new line is written with: "node1", or "[node1]:2222" for another port
  /// than 22.
  let name: String
  /// Without its port; a key that stands there is good too, but one that differs proves nothing
  /// (sshconnect.c, check_host_key).
  let fallback: String?

  /// An alias stands for itself, without a port (ssh_config(5), HostKeyAlias).
  init(host: String, port: UInt16, alias: String?) {
    if let alias {
      name = alias.lowercased()
      fallback = nil
    } else if port == 22 {
      name = host.lowercased()
      fallback = nil
    } else {
      name = "[\(host.lowercased())]:\(port)"
      fallback = host.lowercased()
    }
  }
}
