import Fleet
import Synchronization

/// Makes SSH connections. It holds what they share: the event loops, the known host keys, the connections to
/// jump hosts, the line for logins, and the secrets that somebody was asked for.
public final class SSHClient: Sendable {
  private let loops: EventLoopGroup
  private let options: SSHOptions
  /// The known_hosts files that have been asked for, each list read once.
  private let knownHosts = Mutex<[[String]: KnownHosts]>([:])
  private let keys: KeyRing
  private let trials = PasswordTrials()
  private let logins = LoginLine()
  /// Holds this client weakly: the pool is part of it.
  private let pool = Mutex<HopPool?>(nil)

  /// - Parameters:
  ///   - loops: the threads; one group serves the whole process.
  ///   - options: for all connections of this client. The known_hosts files are read once, with the first
  ///     connection.
  public init(loops: EventLoopGroup, options: SSHOptions) {
    self.loops = loops
    self.options = options
    keys = KeyRing(secrets: SecretCache(options.prompter))
  }

  /// Connects, through the target's jump hosts if it has any, checks the host key and logs in.
  ///
  /// A connection that sshd drops before its banner, as it does above MaxStartups, is tried again for a
  /// minute. A failed authentication is never tried again by itself: sshd counts it (MaxAuthTries,
  /// PerSourcePenalties).
  ///
  /// - Throws: a `Failure` with one of the codes `resolve-failed`, `connect-refused`, `connect-timeout`,
  ///   `connect-failed`, `connect-dropped`, `handshake-failed`, `login-timeout`, `host-key-unknown`,
  ///   `host-key-changed`, `host-key-revoked`, `auth-failed`, `key-unusable`, `connection-lost`, `cancelled`.
  public func connect(to target: SSHTarget) async throws(Failure) -> SSHRemote {
    let connection = try await patiently(target) { () async throws(Failure) in
      var lease: HopLease?
      if !target.hops.isEmpty { lease = try await self.hops.lease(target.hops) }
      return try await self.open(target, through: lease)
    }
    return SSHRemote(connection, target: target, trials: trials)
  }

  /// Says goodbye to the jump hosts.
  public func close() async {
    let pool = pool.withLock { pool in
      defer { pool = nil }
      return pool
    }
    await pool?.close()
  }

  private var hops: HopPool {
    pool.withLock { pool in
      if let pool { return pool }
      let made = HopPool { [weak self] hop, lease async throws(Failure) in
        guard let self else { throw Failure(.cancelled, "cancelled") }
        return try await self.patiently(hop) { () async throws(Failure) in
          try await self.open(hop, through: lease)
        }
      }
      pool = made
      return made
    }
  }

  /// One attempt; the lease belongs to the connection and ends with it.
  private func open(_ target: SSHTarget, through lease: HopLease?) async throws(Failure) -> Connection {
    let place = try await logins.take()
    defer { place.giveBack() }
    let connection = Connection(group: loops, loop: lease?.connection.loop)
    try await connection.open(
      target, options: options, knownHosts: knownHosts(for: target), keys: keys, through: lease, in: place)
    return connection
  }

  private func patiently(
    _ target: SSHTarget, _ body: () async throws(Failure) -> Connection
  ) async throws(Failure) -> Connection {
    var patience = ConnectPatience(attempts: target.connectionAttempts)
    while true {
      do {
        return try await body()
      } catch {
        guard let pause = patience.pause(after: error) else { throw error }
        do { try await Task.sleep(for: pause) } catch { throw Failure(.cancelled, "cancelled") }
      }
    }
  }

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
