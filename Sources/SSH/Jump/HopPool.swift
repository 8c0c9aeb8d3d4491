import Fleet
import Synchronization

/// The connections to jump hosts, each shared by everything behind it.
///
/// A connection is made when the first node wants it and closed a while after the last has gone. When it is
/// lost, what went through it fails with `connection-lost`, and whoever comes next makes a new one. A host
/// that refused the login, or whose key is wrong, is not asked again.
final class HopPool: Sendable {
  typealias Opener = @Sendable (_ hop: SSHTarget, _ through: HopLease?) async throws(Failure) -> Connection

  private struct Entry {
    let number: UInt64
    let task: Task<Result<Connection, Failure>, Never>
    /// Nodes, or further hops, that use it or wait for it.
    var users = 0
    /// How often it was taken up, so that an idle timer knows an entry that was used since.
    var uses: UInt64 = 0
  }

  private struct State {
    var entries: [[SSHTarget]: Entry] = [:]
    var last: UInt64 = 0
  }

  private let state = Mutex(State())
  private let opener: Opener

  /// How long a connection without users is kept: nodes come one after the other, and retries after a pause.
  private static let idleTime: Duration = .seconds(20)
  /// What another try would not change, and what a server counts.
  private static let lasting: Set<FailureCode> = [
    .authFailed, .keyUnusable, .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked,
  ]

  init(opener: @escaping Opener) { self.opener = opener }

  /// The connection to the last of these hops, through the ones before it.
  func lease(_ hops: [SSHTarget]) async throws(Failure) -> HopLease {
    // How a node becomes root and what it is called is no matter of the jump host's connection.
    let key = hops.map { hop in
      var hop = hop
      (hop.name, hop.privilege, hop.hops) = ("", .none, [])
      return hop
    }
    guard let last = key.last else { preconditionFailure("a lease of no hop") }
    let name = "jump host \(MessageText.clean(last.host, limit: 80))"
    let (number, task) = state.withLock { state in
      var entry = state.entries[key] ?? make(key, &state)
      entry.users += 1
      entry.uses += 1
      state.entries[key] = entry
      return (entry.number, entry.task)
    }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      // The last one who waits takes the attempt along.
      let isLast = state.withLock { $0.entries[key].map { $0.number == number && $0.users <= 1 } ?? false }
      if isLast { task.cancel() }
    }
    switch result {
    case .success(let connection):
      return HopLease(connection, name: name) { [weak self] in self?.release(key, number) }
    case .failure(let failure):
      if !Self.lasting.contains(failure.code) { remove(key, number) }
      throw failure
    }
  }

  /// Says goodbye to all of them.
  func close() async {
    let entries = state.withLock { state in
      defer { state.entries = [:] }
      return Array(state.entries.values)
    }
    for entry in entries {
      entry.task.cancel()
      if case .success(let connection) = await entry.task.value { await connection.close() }
    }
  }

  private func make(_ key: [SSHTarget], _ state: inout State) -> Entry {
    state.last += 1
    let number = state.last
    let task = Task { [weak self] () -> Result<Connection, Failure> in
      do throws(Failure) {
        guard let self else { throw Failure(.cancelled, "cancelled") }
        return .success(try await self.connect(key, number))
      } catch {
        return .failure(error)
      }
    }
    return Entry(number: number, task: task)
  }

  private func connect(_ key: [SSHTarget], _ number: UInt64) async throws(Failure) -> Connection {
    guard let hop = key.last else { preconditionFailure("a connection to no hop") }
    var outer: HopLease?
    if key.count > 1 { outer = try await lease(Array(key.dropLast())) }
    do {
      let connection = try await opener(hop, outer)
      await connection.whenEnded { [weak self] in self?.remove(key, number) }
      await connection.carryOthers(keepAlive: hop.keepAlive)
      return connection
    } catch {
      outer?.release()
      guard error.code != .cancelled else { throw error }
      throw Failure(
        error.code, "jump host \(MessageText.clean(hop.host, limit: 80)): \(error.message)", hint: error.hint)
    }
  }

  private func remove(_ key: [SSHTarget], _ number: UInt64) {
    state.withLock { state in
      if state.entries[key]?.number == number { state.entries[key] = nil }
    }
  }

  private func release(_ key: [SSHTarget], _ number: UInt64) {
    let uses: UInt64? = state.withLock { state in
      guard var entry = state.entries[key], entry.number == number else { return nil }
      entry.users -= 1
      state.entries[key] = entry
      return entry.users == 0 ? entry.uses : nil
    }
    guard let uses else { return }
    Task { [weak self] in
      try? await Task.sleep(for: Self.idleTime)
      await self?.closeIdle(key, number, uses)
    }
  }

  private func closeIdle(_ key: [SSHTarget], _ number: UInt64, _ uses: UInt64) async {
    let task: Task<Result<Connection, Failure>, Never>? = state.withLock { state in
      guard let entry = state.entries[key], entry.number == number, entry.users == 0, entry.uses == uses
      else { return nil }
      state.entries[key] = nil
      return entry.task
    }
    if let task, case .success(let connection) = await task.value { await connection.close() }
  }
}

/// A jump host's connection in use; ends with ``release()`` or with itself.
final class HopLease: Sendable {
  let connection: Connection
  /// For messages: "jump host bastion".
  let name: String
  private let onRelease: Mutex<(@Sendable () -> Void)?>

  init(_ connection: Connection, name: String, onRelease: @escaping @Sendable () -> Void) {
    self.connection = connection
    self.name = name
    self.onRelease = Mutex(onRelease)
  }

  deinit { release() }

  /// Gives the connection back; later calls do nothing.
  func release() {
    let action = onRelease.withLock { action in
      defer { action = nil }
      return action
    }
    action?()
  }
}

extension Connection {
  /// Calls `action` once this connection has ended, at once when it has already.
  func whenEnded(_ action: @escaping @Sendable () -> Void) {
    if ended != nil { action() } else { onEnd = action }
  }
}
