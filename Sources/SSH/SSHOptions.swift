/// What holds for all connections of a client.
public struct SSHOptions: Sendable {
  /// The known_hosts files, in the form of sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT"; missing ones count as
  /// empty.
  public var knownHostsFiles: [String]
  public var hostKeyPolicy: HostKeyPolicy
  /// For the name lookup and the TCP connection, over all addresses of the host together.
  public var connectTimeout: Duration
  /// For the key exchange and the authentication together.
  public var loginTimeout: Duration
  /// Who answers what a login asks; nil when nobody is there.
  public var prompter: (any LoginPrompter)?

  public init(
    knownHostsFiles: [String], hostKeyPolicy: HostKeyPolicy = .strict,
    connectTimeout: Duration = .seconds(10), loginTimeout: Duration = .seconds(30),
    prompter: (any LoginPrompter)? = nil
  ) {
    self.knownHostsFiles = knownHostsFiles
    self.hostKeyPolicy = hostKeyPolicy
    self.connectTimeout = connectTimeout
    self.loginTimeout = loginTimeout
    self.prompter = prompter
  }
}

/// What to do with a host key that no file knows. A key that differs from a known one is refused in any case.
public enum HostKeyPolicy: Sendable, Hashable {
  /// Refuse it.
  case strict
  /// Accept it and append it to this known_hosts file, which is made with mode 0600 when it is missing. When
  /// several connections meet the same key, it is written once.
  case acceptNew(file: String)
  /// Ask the person at the terminal, and do as with ``acceptNew(file:)`` after a yes. With nobody to ask it is
  /// refused.
  case ask(file: String)

  /// Where a new key is written; nil when none is.
  var file: String? {
    switch self {
    case .strict: nil
    case .acceptNew(let file), .ask(let file): file
    }
  }
}
