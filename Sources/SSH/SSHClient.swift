import Fleet

/// Makes SSH connections. It holds what they share: the event loops and the known host keys.
public final class SSHClient: Sendable {
  private let loops: EventLoopGroup
  private let options: SSHOptions
  private let knownHosts: KnownHosts

  /// - Parameters:
  ///   - loops: the threads; one group serves the whole process.
  ///   - options: for all connections of this client. The known_hosts files are read once, with the first
  ///     connection.
  public init(loops: EventLoopGroup, options: SSHOptions) {
    self.loops = loops
    self.options = options
    var files = options.knownHostsFiles
    // What was accepted once is known from then on.
    if case .acceptNew(let file) = options.hostKeyPolicy, !files.contains(file) { files.append(file) }
    knownHosts = KnownHosts(files: files)
  }

  /// Connects, checks the host key and logs in.
  ///
  /// A failed authentication is never tried again by itself: sshd counts it (MaxAuthTries,
  /// PerSourcePenalties).
  ///
  /// - Throws: a `Failure` with one of the codes `resolve-failed`, `connect-refused`, `connect-timeout`,
  ///   `connect-failed`, `connect-dropped`, `handshake-failed`, `login-timeout`, `host-key-unknown`,
  ///   `host-key-changed`, `host-key-revoked`, `auth-failed`, `key-unusable`, `connection-lost`, `cancelled`.
  public func connect(to target: SSHTarget) async throws(Failure) -> SSHRemote {
    let connection = Connection(group: loops)
    try await connection.open(target, options: options, knownHosts: knownHosts)
    return SSHRemote(connection, target: target)
  }
}
