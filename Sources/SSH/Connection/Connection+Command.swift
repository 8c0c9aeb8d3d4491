import CLibSSH2
import Fleet
import Inventory

extension Connection {
  /// How many given-up channels a connection may have before it is dropped.
  private static let mostLingering = 4

  /// How often a server may refuse the only channel, a tenth of a second apart.
  private static let mostRefusals = 10

  /// How long a node may take to notice that a command was given up, on a link whose buffers are full.
  private static let longestParting: Duration = .seconds(5)

  /// What the server may send before we read, over both outputs: LIBSSH2_CHANNEL_WINDOW_DEFAULT, an
  /// expression that Swift does not import.
  private static let window: UInt32 = 2 << 20

  /// Runs one command, beside another one at most; further ones wait at the gate.
  ///
  /// - Parameter trial: told when the become password was accepted.
  func run(
    _ command: RemoteCommand, privilege: Privilege, input: (any ByteStream)?, limits: CommandLimits,
    trial: Trial? = nil
  ) async throws(Failure) -> CommandOutput {
    try await onLane { session, lane throws(Failure) in
      do throws(Failure) {
        return try await self.execute(session, lane, command, privilege, input, limits, trial)
      } catch {
        guard error.code == .sudoTerminalNeeded, !self.wantsTerminal else { throw error }
        // The command has not started, so its input is still whole.
        self.wantsTerminal = true
        return try await self.execute(session, lane, command, privilege, input, limits, trial)
      }
    }
  }

  /// Does something on a lane of its own, as soon as one is free.
  func onLane<Value: Sendable>(
    _ body: (Session, Lane) async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    guard let number = await enterGate() else { throw Failure(.cancelled, "cancelled") }
    defer { gate.leave(number) }
    let lane = lanes[number]
    if isClosing { throw Self.closed }
    guard let session else {
      throw ended ?? Failure(.connectionLost, "the connection is closed")
    }
    beginOperation(lane)
    return try await cancellable(lane) {
      do throws(Failure) { return .success(try await body(session, lane)) } catch { return .failure(error) }
    }
  }

  private static let closed = Failure(.cancelled, "the connection was closed")

  /// Ends the connection: commands under way are cancelled, the other side is told, and everything is freed.
  func close() async {
    if isClosing {
      // Somebody else is at it, and has all lanes until it is done.
      var lane = gate.tryEnter()
      if lane == nil { lane = await waitAtGate {} }
      if let lane { gate.leave(lane) }
      return
    }
    isClosing = true
    if !gate.tryEnterAlone() {
      for _ in 0..<Gate.width where gate.tryEnter() == nil {
        // Only once this task is in the queue: what is interrupted may leave the gate at once.
        _ = await waitAtGate { interrupt(Self.closed) }
      }
    }
    defer { gate.leaveAlone() }
    guard let session else { return }
    beginOperation()
    let alarm = setAlarm(hasGivenUp ? Self.longestParting : .seconds(1), Self.closed)
    defer { cancelAlarm(alarm) }
    session.disconnect()
    try? await part(session)
    drop(Self.closed)
  }

  private func waitAtGate(_ queued: () -> Void) async -> Int? {
    let number = gate.newNumber()
    return await withUnsafeContinuation {
      gate.wait(number, $0)
      queued()
    }
  }

  /// Waits until everything has left and, where a command was given up, until the other side has ended too.
  ///
  /// A socket that is closed with something unread tells the other side so in one packet that is never sent again,
  /// where TCP resets instead of finishing (RFC 1122, 4.2.2.13). A slow link drops that packet easily, and the node would
  /// then wait for the rest of the command's input for ever.
  private func part(_ session: Session) async throws(Failure) {
    let transport = session.transport
    transport.beginTurn()
    while transport.ending == nil, transport.backlog > 0 || hasGivenUp {
      while transport.receive(into: loop.scratch) > 0 {}
      if transport.ending == nil { try await pause(session) }
    }
  }

  /// Waits for a free lane; returns nil when the task was cancelled before.
  private func enterGate() async -> Int? {
    if Task.isCancelled { return nil }
    if let lane = gate.tryEnter() { return lane }
    let number = gate.newNumber()
    let lane = await withTaskCancellationHandler {
      await withUnsafeContinuation { gate.wait(number, $0) }
    } onCancel: { [loop] in
      loop.execute { [weak self] in
        self?.assumeIsolated { $0.gate.giveUp(number) }
      }
    }
    if let lane, Task.isCancelled {
      gate.leave(lane)
      return nil
    }
    return lane
  }

  // MARK: One command

  private func execute(
    _ session: Session, _ lane: Lane, _ command: RemoteCommand, _ privilege: Privilege,
    _ input: (any ByteStream)?, _ limits: CommandLimits, _ trial: Trial?
  ) async throws(Failure) -> CommandOutput {
    let frame = CommandFrame(
      command, privilege: privilege, nonce: Self.nonce(), limit: limits.outputBytes,
      onTerminal: wantsTerminal)
    let alarm = setAlarm(
      limits.deadline,
      Failure(.commandTimeout, "the command did not end within \((limits.deadline ?? .zero).seconds)"),
      lane)
    defer { cancelAlarm(alarm) }
    freeLingering(session)
    lane.hasSession = true
    defer { lane.hasSession = false }
    let channel = try await begin(session, lane, frame.text)
    do {
      let exchange = CommandExchange(
        channel: channel, frame: frame, password: privilege.password, input: input,
        outputLimit: limits.outputBytes, trial: trial)
      try await pump(session, lane, exchange, limits)
      return try await finish(session, lane, channel, exchange)
    } catch {
      // With the session, its channels are gone.
      if ended == nil { abandon(session, channel, because: error) }
      throw error
    }
  }

  /// Opens a channel and starts a command in it.
  private func begin(
    _ session: Session, _ lane: Lane, _ text: String
  ) async throws(Failure) -> OpaquePointer {
    try await openingAlone(lane) { () throws(Failure) in
      let channel = try await self.openChannel(session, lane, .session)
      do throws(Failure) {
        try await self.start(session, lane, channel, text)
      } catch {
        if self.ended == nil { self.abandon(session, channel, because: error) }
        throw error
      }
      return channel
    }
  }

  /// One at a time: libssh2 has one place for an opening, and takes another channel's answer for a mistake.
  func openingAlone(
    _ lane: Lane, _ body: () async throws(Failure) -> OpaquePointer
  ) async throws(Failure) -> OpaquePointer {
    while isOpening { try await sleep(lane) }
    isOpening = true
    defer {
      isOpening = false
      wakeOthers(than: lane)
    }
    return try await body()
  }

  func openChannel(
    _ session: Session, _ lane: Lane, _ kind: ChannelKind
  ) async throws(Failure) -> OpaquePointer {
    if hasLateAnswer {
      if gate.isShared { throw Failure(.channelRefused, "an earlier channel has not been answered") }
      let failure = Failure(.connectionLost, "an earlier channel was never answered")
      drop(failure)
      throw failure
    }
    var refusals = 0
    while true {
      let (channel, status) = try await requestChannel(session, lane, kind)
      if let channel { return channel }
      let reason = session.transport.ending?.text ?? session.lastErrorText
      let isAlive = session.transport.ending == nil
      if isAlive, status == LIBSSH2_ERROR_CHANNEL_FAILURE {
        // The socket is not there, is not for this user, or sshd leads to none; or a second command is one too many.
        if !kind.isSession { throw Failure(.channelRefused, "\(kind.what): \(reason)") }
        if lanes.contains(where: { $0 !== lane && $0.hasSession }) {
          throw Failure(.channelRefused, "open a second channel: \(reason)")
        }
        // A server of one session may not have put the last command's away yet.
        refusals += 1
        if refusals < Self.mostRefusals {
          try await rest(.milliseconds(100), lane)
          continue
        }
        if gate.isShared { throw Failure(.channelRefused, "open a channel beside a socket: \(reason)") }
      }
      if isAlive, gate.isShared, status == LIBSSH2_ERROR_TIMEOUT {
        // libssh2 waits for a minute, and the question is behind what the other lane has still to send.
        hasLateAnswer = true
        throw Failure(.channelRefused, "open a second channel: no answer")
      }
      let failure = Failure(.connectionLost, "open a channel: \(reason)")
      drop(failure)
      throw failure
    }
  }

  private func requestChannel(
    _ session: Session, _ lane: Lane, _ kind: ChannelKind
  ) async throws(Failure) -> (OpaquePointer?, Int32) {
    var channel: OpaquePointer?
    do {
      let status = try await complete(session, lane) { session in
        channel = Self.requestChannel(session, kind)
        return channel == nil ? session.lastErrorNumber : 0
      }
      return (channel, status)
    } catch {
      if ended == nil { giveUpOpening(session, kind, because: error) }
      throw error
    }
  }

  private static func requestChannel(_ session: Session, _ kind: ChannelKind) -> OpaquePointer? {
    kind.details.withUnsafeBytes { details in
      // Unsafe: a C string and bytes with their length for the time of the call; the details are given anew at each call.
      libssh2_channel_open_ex(
        session.pointer, kind.name, UInt32(kind.name.utf8.count), window,
        UInt32(LIBSSH2_CHANNEL_PACKET_DEFAULT),
        details.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(details.count))
    }
  }

  /// Ends the opening of a channel that nobody waits for any more.
  ///
  /// libssh2 has no call for that, but a receive that fails once ends the opening and nothing else. An answer that comes
  /// later would be taken for the next opening's, which is why a connection that has nothing else to do is given up.
  private func giveUpOpening(_ session: Session, _ kind: ChannelKind, because reason: Failure) {
    guard gate.isShared, session.transport.ending == nil else { return drop(reason) }
    session.failReceives(true)
    let channel = Self.requestChannel(session, kind)
    session.failReceives(false)
    if let channel { abandon(session, channel, because: reason) } else { hasLateAnswer = true }
  }

  private func start(
    _ session: Session, _ lane: Lane, _ channel: OpaquePointer, _ text: String
  ) async throws(Failure) {
    let request = "exec"
    let status = try await complete(session, lane) { _ in
      // Unsafe: C strings for the time of the call; libssh2 copies the request, and the text into the packet.
      libssh2_channel_process_startup(
        channel, request, UInt32(request.utf8.count), text, UInt32(text.utf8.count))
    }
    guard status == 0 else {
      let reason = session.transport.ending?.text ?? session.lastErrorText
      throw Failure(
        session.transport.ending == nil ? .remoteExit : .connectionLost, "start a command: \(reason)")
    }
  }

  /// Moves the bytes until the other side has closed the channel.
  func pump(
    _ session: Session, _ lane: Lane, _ exchange: any ChannelExchange, _ limits: CommandLimits
  ) async throws(Failure) {
    let watch = limits.stall.map { StallWatch($0, loop: loop, lane, exchange, session) }
    let alive = keepAlive.map { KeepAliveWatch($0, loop: loop, connection: self, session) }
    var alarm: EventLoop.TimerID?
    defer {
      watch?.stop()
      alive?.stop()
      cancelAlarm(alarm)
    }
    exchange.whenReleased { [weak self, loop] in
      loop.execute { [weak self] in self?.assumeIsolated { $0.wake() } }
    }
    while true {
      try checkInterruption(lane)
      let received = session.transport.received
      let turn = try exchange.turn(session, scratch: loop.scratch)
      if session.transport.received != received { wakeOthers(than: lane) }
      if alarm == nil, let time = limits.afterInput, exchange.inputIsSent {
        // What the command makes of its input may be silent; that has a limit of its own.
        watch?.stop()
        alarm = setAlarm(
          time,
          Failure(.commandTimeout, "the command did not end within \(time.seconds) after its input was sent"),
          lane)
      }
      switch turn {
      case .ended: return
      case .more: await loop.yieldTurn()
      case .blocked: try await pause(session, lane)
      }
    }
  }

  /// Closes our side of a channel that the other side has closed, and reads the result.
  private func finish(
    _ session: Session, _ lane: Lane, _ channel: OpaquePointer, _ exchange: CommandExchange
  ) async throws(Failure) -> CommandOutput {
    try await close(session, lane, channel)
    let verdict = CommandVerdict(channel, session)
    let standardError = exchange.finishFrame()
    let frame = exchange.frame
    let code = try verdict.status(
      trailer: frame.status, started: frame.hasStarted, escalation: frame.escalationStatus,
      text: standardError.isEmpty ? frame.preface : standardError)
    libssh2_channel_free(channel)
    return CommandOutput(
      status: code, signal: verdict.exitSignal, standardOutput: exchange.standardOutput,
      standardError: standardError, truncated: exchange.truncated || frame.truncated,
      bytesSent: exchange.bytesSent)
  }

  /// Closes our side of a channel that the other side has closed.
  func close(_ session: Session, _ lane: Lane, _ channel: OpaquePointer) async throws(Failure) {
    let status = try await complete(session, lane) { _ in libssh2_channel_close(channel) }
    guard status == 0, session.transport.ending == nil else {
      let reason = session.transport.ending?.text ?? session.lastErrorText
      throw Failure(.connectionLost, "the connection broke at the command's end: \(reason)")
    }
    // What was asked before this channel's end has been answered before its end, too.
    hasLateAnswer = false
  }

  /// Gives up a channel whose command did not come to its end.
  ///
  /// The end of input and the close are sent at once. sshd confirms only when the command has ended, which it
  /// does on its own terms; nobody waits for that, and the next command has a channel of its own.
  func abandon(_ session: Session, _ channel: OpaquePointer, because reason: Failure) {
    // The other lane's command did not ask for this.
    let end = gate.isShared ? Failure(.connectionLost, "the connection broke: \(reason.message)") : reason
    guard session.transport.ending == nil else { return drop(end) }
    hasGivenUp = true
    session.transport.beginTurn()
    let status = libssh2_channel_free(channel)
    if session.transport.ending != nil || (status != 0 && status != LIBSSH2_ERROR_EAGAIN) {
      return drop(end)
    }
    if status == LIBSSH2_ERROR_EAGAIN { lingering.append(channel) }
    // Each may keep a window's worth of output in memory that nobody reads.
    if lingering.count > Self.mostLingering { drop(end) }
  }

  /// Frees the given-up channels that the other side has closed by now.
  func freeLingering(_ session: Session) {
    guard !lingering.isEmpty else { return }
    session.transport.beginTurn()
    lingering.removeAll { libssh2_channel_free($0) != LIBSSH2_ERROR_EAGAIN }
  }

  /// A word that no output can know, for the marks of one command.
  private static func nonce() -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<20).map { _ in letters[Int.random(in: 0..<letters.count)] })
  }
}
