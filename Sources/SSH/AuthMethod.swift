import Inventory

/// One way to prove who the user is (RFC 4252).
public enum AuthMethod: Sendable, Hashable {
  /// The keys of the agent that listens on this Unix socket, usually `$SSH_AUTH_SOCK`; the first five of
  /// them.
  case agent(socketPath: String)
  /// A private key file, in OpenSSH's own form or PEM. The public key is taken from it; no `.pub` file is
  /// needed.
  case keyFile(path: String, passphrase: Secret?)
  /// Keys of files and of an agent together, each tried once, in OpenSSH's order.
  case publicKey(KeyChoice)
  /// keyboard-interactive (RFC 4256) with a person at a terminal: a one-time code, say.
  case keyboardInteractive
  /// A password; also given to keyboard-interactive when the server has that in place of "password".
  case password(Secret)
  /// A password that a person at a terminal is asked for.
  case askedPassword
}

/// The keys and certificates that may log in, as ssh_config(5) names them.
///
/// The order: certificates, then the keys that the configuration names (through the agent where it has
/// them), then the agent's others, then the usual files that nobody named.
public struct KeyChoice: Sendable, Hashable {
  /// A private key file.
  public struct Identity: Sendable, Hashable {
    public var path: String
    public var passphrase: Secret?
    /// The configuration names it; false for the files that ssh looks for by itself.
    public var isNamed: Bool

    public init(path: String, passphrase: Secret? = nil, isNamed: Bool = true) {
      self.path = path
      self.passphrase = passphrase
      self.isNamed = isNamed
    }
  }

  /// IdentityFile, in order; missing files are passed over when they are not named.
  public var identities: [Identity]
  /// CertificateFile; a file `KEY-cert.pub` next to an identity is found without being named here.
  public var certificateFiles: [String]
  /// The agent's socket (IdentityAgent); nil for none.
  public var agentSocket: String?
  /// No key of the agent but those of ``identities`` and ``certificateFiles`` (IdentitiesOnly).
  public var identitiesOnly: Bool

  public init(
    identities: [Identity], certificateFiles: [String] = [], agentSocket: String? = nil,
    identitiesOnly: Bool = false
  ) {
    self.identities = identities
    self.certificateFiles = certificateFiles
    self.agentSocket = agentSocket
    self.identitiesOnly = identitiesOnly
  }
}
