/// Something that the linked libssh2 can or cannot do, and what that means.
public struct LibSSH2Feature: Sendable, Hashable {
  /// What it is about, such as "RSA host keys".
  public let name: String
  /// The first release that has it.
  public let since: String
  public let isThere: Bool
  /// What is different without it.
  public let consequence: String

  /// The oldest release that gantry is tested with.
  public static let oldest = "1.10.0"
  /// Whether the linked release is older than that.
  public static var isTooOld: Bool { LibSSH2.release < (1, 10, 0) }

  /// Those that differ between the releases in use.
  public static let all: [LibSSH2Feature] = [
    LibSSH2Feature(
      name: "RSA host keys", since: "1.11.0", isThere: LibSSH2.knowsRSAWithSHA2,
      consequence: "a node that has no other host key than RSA cannot be reached: run `ssh-keygen -A` there"),
    LibSSH2Feature(
      name: "encrypt-then-MAC and AES-GCM", since: "1.11.0",
      isThere: Algorithms.library.macs.contains("hmac-sha2-256-etm@openssh.com"),
      consequence: "nodes that allow nothing else cannot be reached"),
    LibSSH2Feature(
      name: "strict key exchange", since: "1.11.1", isThere: Algorithms.library.hasStrictKeyExchange,
      consequence: "chacha20-poly1305, which needs it to be safe (CVE-2023-48795), is not offered"),
    LibSSH2Feature(
      name: "host certificates", since: "", isThere: false,
      consequence: "@cert-authority lines of known_hosts vouch for nobody: `gantry trust` collects the keys"),
  ]
}
