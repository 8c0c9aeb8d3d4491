import Fleet
import Synchronization

/// Makes SSH connections. It holds what they share: the event loops and the known host keys.
public final class SSHClient: Sendable {
  private let loops: EventLoopGroup
  private let options: SSHOptions
  /// The known_hosts files that have been asked for, each list read once.
  private let knownHosts = Mutex<[[String]: KnownHosts]>([:])

  /// - Parameters:
  ///   - loops: the threads; one group serves the whole process.
  ///   - options: for all connections of this client. The known_hosts files are read once, with the first
  ///     connection.
  public init(loops: EventLoopGroup, options: SSHOptions) {
    self.loops = loops
    self.options = options
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
    try await connection.open(target, options: options, knownHosts: knownHosts(for: target))
    return SSHRemote(connection, target: target)
  }

  /// Ends what the client holds open for all its connections.
  public func close() async {}

  func knownHosts(for target: SSHTarget) -> KnownHosts {
    var files = target.knownHostsFiles ?? options.knownHostsFiles
    // What was accepted once is known from then on.
    let policy = target.hostKeyPolicy ?? options.hostKeyPolicy
    if let file = policy.file, !files.contains(file) { files.append(file) }
    return knownHosts.withLock { known in
      if let hosts = known[files] { return hosts }
      let hosts = KnownHosts(files: files)
      known[files] = hosts
      return hosts
    }
  }
}
