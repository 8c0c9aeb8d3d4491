import CLibSSH2
import Fleet

/// One SSH connection: a socket, a session on it, and one command at a time.
///
/// The actor runs on its event loop's thread, so libssh2 sees one thread per session and the waits below
/// never interleave with a call. Every wait ends: a timer or a cancelled task sets ``interruption`` and wakes
/// the sleeper.
///
/// The parts: this file has the waiting, `Connection+Connect` the TCP connection, `Connection+Login` the
/// handshake and the authentication, `Connection+Command` the commands.
actor Connection {
  nonisolated let loop: EventLoop
  /// Keeps the loop's thread alive as long as this connection.
  private let group: EventLoopGroup

  var session: Session?
  /// Why there is no session any more; nil until then.
  var ended: Failure?
  /// Why the operation under way must stop; the first reason stays until the operation has ended.
  private(set) var interruption: Failure?
  /// Counts the operations, so that a cancellation that comes late does not hit the next one.
  private var operation: UInt64 = 0
  private var sleeper: UnsafeContinuation<Void, Never>?
  /// The host's key, when the connection is there for nothing else.
  var shownKey: PublicKey?
  var gate = Gate()
  /// Channels of commands that were given up: closed by us, not yet by the other side. Freed with the session
  /// at last.
  var lingering: [OpaquePointer] = []
  /// What carries other connections through this one; nil unless it is a jump host's.
  var relay: Relay?
  /// The jump host's connection that this one goes through, kept open as long as this.
  var lease: HopLease?
  /// The process that leads to the host, when a proxy command does.
  var proxy: ProxyProcess?
  /// sudo on this node wants a terminal (sudoers, `requiretty`); known once it has said so.
  var wantsTerminal = false
  /// Whether the server is asked for signs of life while a command runs.
  var keepAlive: KeepAlive?
  /// What ends a login that takes too long; not while a person is asked.
  var loginAlarm: EventLoop.TimerID?
  /// Called once, when the connection has ended.
  var onEnd: (@Sendable () -> Void)?

  /// - Parameter loop: the jump host's, since both sessions need the same thread; nil for the next in turn.
  init(group: EventLoopGroup, loop: EventLoop? = nil) {
    self.group = group
    self.loop = loop ?? group.next()
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  isolated deinit {
    // A session is freed on its own thread, also when its owner forgot to close it.
    session?.free()
    lease?.release()
  }

  // MARK: Waiting

  /// Wakes whoever sleeps; it looks for itself at what has changed.
  func wake() {
    guard let sleeper else { return }
    self.sleeper = nil
    sleeper.resume()
  }

  /// Makes the operation under way stop with `failure`.
  func interrupt(_ failure: Failure) {
    if interruption == nil { interruption = failure }
    wake()
  }

  /// Starts an operation: what interrupted the last one is forgotten.
  func beginOperation() {
    operation += 1
    interruption = nil
  }

  func checkInterruption() throws(Failure) {
    if let interruption { throw interruption }
  }

  /// Sleeps until ``wake()``. The caller has looked at everything that could have changed before.
  func sleep() async throws(Failure) {
    try checkInterruption()
    precondition(sleeper == nil, "a connection has one sleeper")
    await withUnsafeContinuation { sleeper = $0 }
    try checkInterruption()
  }

  /// Waits until a libssh2 call that returned EAGAIN is worth another try.
  func pause(_ session: Session) async throws(Failure) {
    try checkInterruption()
    if session.transport.mayReceive {
      // Its share of the turn is used up, and there is more.
      await loop.yieldTurn()
      try checkInterruption()
    } else {
      try await sleep()
    }
    session.transport.beginTurn()
  }

  /// Calls `body` until it returns something other than LIBSSH2_ERROR_EAGAIN.
  func complete(_ session: Session, _ body: (Session) -> Int32) async throws(Failure) -> Int32 {
    session.transport.beginTurn()
    while true {
      try checkInterruption()
      let status = body(session)
      guard session.mustWait(status) else { return status }
      try await pause(session)
    }
  }

  /// Runs `work`, which may block, on a thread that may; an interruption leaves it behind.
  func offLoop<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(Failure) -> Value {
    let box = ResultBox<Value>()
    BlockingWork.start { [loop] in
      let value = work()
      loop.execute { [weak self] in
        self?.assumeIsolated { connection in
          box.value = value
          connection.wake()
        }
      }
    }
    while true {
      if let value = box.value { return value }
      try await sleep()
    }
  }

  /// Waits for `work`, which runs elsewhere and may itself wait; an interruption leaves it behind.
  func elsewhere<Value: Sendable>(
    _ work: @escaping @Sendable () async -> Value
  ) async throws(Failure) -> Value {
    let box = ResultBox<Value>()
    Task.detached { [loop] in
      let value = await work()
      loop.execute { [weak self] in
        self?.assumeIsolated { connection in
          box.value = value
          connection.wake()
        }
      }
    }
    while true {
      if let value = box.value { return value }
      try await sleep()
    }
  }

  // MARK: Deadlines and cancellation

  /// Interrupts the operation with `failure` unless the alarm is taken back within `duration`; nil never
  /// does.
  func setAlarm(_ duration: Duration?, _ failure: Failure) -> EventLoop.TimerID? {
    guard let duration else { return nil }
    return loop.schedule(at: .now + duration) { [weak self] in
      self?.assumeIsolated { $0.interrupt(failure) }
    }
  }

  func cancelAlarm(_ alarm: EventLoop.TimerID?) {
    if let alarm { loop.cancel(alarm) }
  }

  /// Runs `body`, which is part of the operation under way, so that cancelling the task interrupts it.
  func cancellable<Value: Sendable>(
    _ body: () async -> Result<Value, Failure>
  ) async throws(Failure) -> Value {
    let number = operation
    let result = await withTaskCancellationHandler {
      await withTaskExecutorPreference(loop) { await body() }
    } onCancel: { [loop] in
      loop.execute { [weak self] in
        self?.assumeIsolated { $0.cancel(number) }
      }
    }
    return try result.get()
  }

  private func cancel(_ number: UInt64) {
    if number == operation { interrupt(Failure(.cancelled, "cancelled")) }
  }

  /// Ends the connection at once, without a word to the other side.
  func drop(_ reason: Failure) {
    if ended == nil { ended = reason }
    relay?.end(reason)
    relay = nil
    session?.free()
    session = nil
    lingering = []
    lease?.release()
    lease = nil
    onEnd?()
    onEnd = nil
  }
}

/// Where ``Connection/offLoop(_:)`` puts its result. Written and read on the loop's thread alone.
private final class ResultBox<Value: Sendable>: @unchecked Sendable {
  // Unchecked: both sides run isolated to the same connection.
  var value: Value?
}
