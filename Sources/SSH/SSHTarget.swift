import Fleet
import Inventory

/// Where to log in, as whom and how.
public struct SSHTarget: Sendable {
  /// The node's name in the inventory; for messages of the caller only.
  public var name: String
  /// A host name or a numeric address, without brackets.
  public var host: String
  public var port: UInt16
  public var user: String
  /// The name under which known_hosts has the node's key, as ssh_config(5) HostKeyAlias; nil for `host` with
  /// `port`.
  public var hostKeyAlias: String?
  /// Tried in this order, each once.
  public var authentication: [AuthMethod]
  /// How this node's commands become root.
  public var privilege: Privilege

  public init(
    name: String, host: String, port: UInt16 = 22, user: String, hostKeyAlias: String? = nil,
    authentication: [AuthMethod], privilege: Privilege = .automatic
  ) {
    self.name = name
    self.host = host
    self.port = port
    self.user = user
    self.hostKeyAlias = hostKeyAlias
    self.authentication = authentication
    self.privilege = privilege
  }
}

/// One way to prove who the user is (RFC 4252).
public enum AuthMethod: Sendable {
  /// The keys of the agent that listens on this Unix socket, usually `$SSH_AUTH_SOCK`; the first five of
  /// them.
  case agent(socketPath: String)
  /// A private key file, in OpenSSH's own form or PEM. The public key is taken from it; no `.pub` file is
  /// needed.
  case keyFile(path: String, passphrase: Secret?)
  /// A password; also given to keyboard-interactive when the server has that in place of "password".
  case password(Secret)
}
