import CLibSSH2
import Fleet

/// One SSH connection: a socket, a session on it, and up to two commands at a time.
///
/// The actor runs on its event loop's thread, so libssh2 sees one thread per session and the waits below
/// never interleave with a call. Every wait ends: a timer or a cancelled task sets the lane's ``Lane/interruption`` and
/// wakes its sleeper.
///
/// The parts: this file has the waiting, `Connection+Connect` the TCP connection, `Connection+Login` the
/// handshake and the authentication, `Connection+Command` the commands,
/// `Connection+Socket` the sockets of the node.
actor Connection {
  nonisolated let loop: EventLoop
  /// Keeps the loop's thread alive as long as this connection.
  private let group: EventLoopGroup

  var session: Session?
  /// Why there is no session any more; nil until then.
  var ended: Failure?
  /// Those of the commands; the login and the relay, which have the connection to themselves, use the first.
  let lanes = (0..<Gate.width).map { _ in Lane() }
  /// A channel is being opened, which libssh2 does one by one.
  var isOpening = false
  /// An opening was given up, and its answer may still come.
  var hasLateAnswer = false
  /// A command was given up, and may wait for its input on the node until it learns of that.
  var hasGivenUp = false
  var isClosing = false
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

  /// Wakes whoever sleeps; each looks for itself at what has changed.
  func wake() {
    for lane in lanes { lane.wake() }
  }

  /// Wakes the other lane: what a call for this one has read may be for that one, and no event will tell of it again.
  func wakeOthers(than lane: Lane) {
    for other in lanes where other !== lane { other.wake() }
  }

  /// Makes everything under way stop with `failure`.
  func interrupt(_ failure: Failure) {
    for lane in lanes { lane.interrupt(failure) }
  }

  /// Starts an operation: what interrupted the last one of the lane is forgotten.
  func beginOperation(_ lane: Lane? = nil) { (lane ?? lanes[0]).begin() }

  func checkInterruption(_ lane: Lane? = nil) throws(Failure) {
    if let interruption = (lane ?? lanes[0]).interruption { throw interruption }
    // The other lane may have ended the connection, and with it the session.
    if let ended { throw ended }
  }

  /// Sleeps until ``wake()``. The caller has looked at everything that could have changed before.
  func sleep(_ lane: Lane? = nil) async throws(Failure) {
    let lane = lane ?? lanes[0]
    try checkInterruption(lane)
    await lane.sleep()
    try checkInterruption(lane)
  }

  /// Does nothing for a while.
  func rest(_ duration: Duration, _ lane: Lane) async throws(Failure) {
    let end = ContinuousClock.now + duration
    let timer = loop.schedule(at: end) { [weak lane] in lane?.wake() }
    defer { loop.cancel(timer) }
    while ContinuousClock.now < end { try await sleep(lane) }
  }

  /// Waits until a libssh2 call that returned EAGAIN is worth another try.
  func pause(_ session: Session, _ lane: Lane? = nil) async throws(Failure) {
    try checkInterruption(lane)
    if session.transport.mayReceive {
      // Its share of the turn is used up, and there is more.
      await loop.yieldTurn()
      try checkInterruption(lane)
    } else {
      try await sleep(lane)
    }
    session.transport.beginTurn()
  }

  /// Calls `body` until it returns something other than LIBSSH2_ERROR_EAGAIN.
  func complete(
    _ session: Session, _ lane: Lane? = nil, _ body: (Session) -> Int32
  ) async throws(Failure) -> Int32 {
    session.transport.beginTurn()
    while true {
      try checkInterruption(lane)
      let received = session.transport.received
      let status = body(session)
      if session.transport.received != received { wakeOthers(than: lane ?? lanes[0]) }
      guard session.mustWait(status) else { return status }
      try await pause(session, lane)
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

  /// Interrupts the lane's operation with `failure` unless the alarm is taken back within `duration`; nil never
  /// does.
  func setAlarm(_ duration: Duration?, _ failure: Failure, _ lane: Lane? = nil) -> EventLoop.TimerID? {
    guard let duration else { return nil }
    let lane = lane ?? lanes[0]
    return loop.schedule(at: .now + duration) { [weak lane] in lane?.interrupt(failure) }
  }

  func cancelAlarm(_ alarm: EventLoop.TimerID?) {
    if let alarm { loop.cancel(alarm) }
  }

  /// Runs `body`, which is part of the operation under way, so that cancelling the task interrupts it.
  func cancellable<Value: Sendable>(
    _ lane: Lane? = nil, _ body: () async -> Result<Value, Failure>
  ) async throws(Failure) -> Value {
    let lane = lane ?? lanes[0]
    let number = lane.number
    let index = lanes.firstIndex { $0 === lane } ?? 0
    let result = await withTaskCancellationHandler {
      await withTaskExecutorPreference(loop) { await body() }
    } onCancel: { [loop] in
      loop.execute { [weak self] in
        self?.assumeIsolated { $0.cancel(number, on: index) }
      }
    }
    return try result.get()
  }

  private func cancel(_ number: UInt64, on index: Int) {
    // One that comes late must not hit the next operation.
    if lanes[index].number == number { lanes[index].interrupt(Failure(.cancelled, "cancelled")) }
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
    wake()
  }
}

/// Where ``Connection/offLoop(_:)`` puts its result. Written and read on the loop's thread alone.
private final class ResultBox<Value: Sendable>: @unchecked Sendable {
  // Unchecked: both sides run isolated to the same connection.
  var value: Value?
}
