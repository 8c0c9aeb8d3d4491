import CLibSSH2
import Fleet

/// Carries other connections through direct-tcpip channels (RFC 4254, 7.2) of one session, which is what a
/// jump host does.
///
/// It belongs to its connection, whose task calls ``turn(scratch:)`` whenever something may have changed.
/// libssh2 opens one channel at a time, and sshd answers an opening only when its own connect has ended. An
/// opening without answer is therefore given up for a while when others wait.
final class Relay {
  enum Turn {
    case more, blocked
    /// No channel is open or wanted: nothing is read before one is.
    case idle
    case lost(Failure)
  }

  private let session: Session
  /// Wakes the connection's task.
  private let wake: () -> Void
  private let scheduleWake: (ContinuousClock.Instant) -> Void

  private var transports: [ChannelTransport] = []
  /// Where the next round over the transports begins, so that none is always the first.
  private var first = 0
  private var waiting: [ChannelOpening] = []
  private var current: ChannelOpening?
  private var sliceEnd = ContinuousClock.now
  /// Channels that we closed and the other side has not; freed as it does.
  private var lingering: [OpaquePointer] = []
  private var ended: Failure?

  /// How long an opening may keep others waiting.
  private static let slice: Duration = .seconds(2)

  /// - Parameter scheduleWake: calls `wake` at an instant.
  init(
    _ session: Session, wake: @escaping () -> Void,
    scheduleWake: @escaping (ContinuousClock.Instant) -> Void
  ) {
    self.session = session
    self.wake = wake
    self.scheduleWake = scheduleWake
  }

  // MARK: From the connections behind

  /// Queues an opening; its outcome comes through its transport's `onEvent`.
  func open(host: String, port: UInt16, onEvent: @escaping () -> Void) -> ChannelOpening {
    let transport = ChannelTransport(
      relay: self, descriptor: session.transport.descriptor, onEvent: onEvent)
    let opening = ChannelOpening(host: host, port: port, transport: transport)
    if let ended {
      opening.outcome = .failure(ended)
    } else {
      waiting.append(opening)
      wake()
    }
    return opening
  }

  func poke() { wake() }

  /// Gives the channel as much as it takes now; returns how much.
  func write(_ transport: ChannelTransport, _ bytes: UnsafeRawBufferPointer) -> Int {
    guard let channel = transport.channel else { return 0 }
    let received = session.transport.received
    var sent = 0
    while sent < bytes.count, session.transport.backlog == 0 {
      // Unsafe: the rest of the bytes, with its length. After EAGAIN libssh2 wants the same bytes again; the
      // caller keeps them in order.
      let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
      let count = libssh2_channel_write_ex(
        channel, 0, rest.baseAddress?.assumingMemoryBound(to: CChar.self), rest.count)
      if count > 0 {
        sent += count
        continue
      }
      let status = Int32(truncatingIfNeeded: count)
      if count == 0 || session.mustWait(status) { break }
      if session.transport.ending == nil { transport.end(.closed) }
      break
    }
    // Writing takes in what has come meanwhile, and no event will tell of that again.
    if session.transport.received != received || session.transport.ending != nil { wake() }
    return sent
  }

  /// Closes the transport's channel.
  func release(_ transport: ChannelTransport) {
    if let index = transports.firstIndex(where: { $0 === transport }) { transports.remove(at: index) }
    guard let channel = transport.channel else { return }
    transport.channel = nil
    guard ended == nil else { return }
    free(channel)
    wake()
  }

  /// What the other side would still take.
  static func window(_ channel: OpaquePointer) -> UInt { libssh2_channel_window_write_ex(channel, nil) }

  // MARK: From the connection

  /// The session is about to go: everything behind it ends.
  func end(_ reason: Failure) {
    guard ended == nil else { return }
    ended = reason
    let openings = waiting + (current.map { [$0] } ?? [])
    waiting = []
    current = nil
    for opening in openings where opening.outcome == nil {
      opening.outcome = .failure(reason)
      opening.transport.onEvent()
    }
    let ending = transports
    transports = []
    lingering = []
    for transport in ending {
      transport.channel = nil
      transport.end(.relay(reason.message))
      transport.onEvent()
    }
  }

  /// Does what can be done without waiting.
  func turn(scratch: UnsafeMutableRawBufferPointer) -> Turn {
    session.transport.beginTurn()
    let received = session.transport.received
    // First, so that the answer to an opening that was given up is not read by the one that waits now: libssh2 would take
    // it for that one's, and fail.
    if let failure = readPackets(scratch) ?? lost() { return .lost(failure) }
    if let failure = openNext() ?? lost() { return .lost(failure) }
    lingering.removeAll { libssh2_channel_free($0) != LIBSSH2_ERROR_EAGAIN }
    first = transports.isEmpty ? 0 : (first + 1) % transports.count
    for transport in Array(transports[first...] + transports[..<first]) where !transport.isLent {
      let news = [read(transport, scratch), session.transport.backlog == 0 && transport.flush()]
      if news.contains(true) || transport.hasEnded { transport.onEvent() }
    }
    if let failure = lost() { return .lost(failure) }
    if session.transport.received != received { return .more }
    return transports.isEmpty && current == nil && lingering.isEmpty ? .idle : .blocked
  }

  private func lost() -> Failure? {
    if let ending = session.transport.ending {
      return Failure(.connectionLost, "the connection was lost: \(ending.text)")
    }
    // While nobody reads, only the socket tells.
    guard transports.isEmpty, session.transport.isHangingUp else { return nil }
    return Failure(.connectionLost, "the connection was lost: the other side closed it")
  }

  // MARK: Opening

  /// Goes on with the openings; returns a failure when the session is lost.
  private func openNext() -> Failure? {
    while true {
      if current == nil {
        waiting.removeAll { $0.isCancelled }
        guard !waiting.isEmpty else { return nil }
        let next = waiting.removeFirst()
        current = next
        next.began()
        sliceEnd = .now + Self.slice
        scheduleWake(sliceEnd)
      }
      guard let opening = current else { return nil }
      let channel = request(opening)
      if channel == nil, session.mustWait(session.lastErrorNumber) {
        let isOver = ContinuousClock.now >= sliceEnd && waiting.contains { !$0.isCancelled }
        guard opening.isCancelled || isOver else { return nil }
        if let late = giveUp(opening) {
          accept(late, for: opening)
        } else if session.transport.ending == nil, !opening.isCancelled {
          waiting.append(opening)
        }
        current = nil
        if let failure = lost() { return failure }
        continue
      }
      current = nil
      if let channel {
        accept(channel, for: opening)
      } else {
        if let failure = lost() { return failure }
        opening.outcome = .failure(opening.refusal(session.lastErrorText))
        opening.transport.onEvent()
      }
    }
  }

  private func request(_ opening: ChannelOpening) -> OpaquePointer? {
    // The last two say where the connection comes from, for the server's log.
    libssh2_channel_direct_tcpip_ex(
      session.pointer, opening.host, Int32(opening.port), "127.0.0.1", Int32(opening.port))
  }

  /// Takes libssh2 out of a pending opening.
  ///
  /// There is no call for that, but a receive that fails once ends the opening and nothing else: the error is
  /// handed up, and neither the transport nor another channel keeps a trace of it. An answer that comes later
  /// is for a channel number that is never used again. (In the middle of a rekey it would end the session;
  /// what goes through it is then tried again over another.)
  private func giveUp(_ opening: ChannelOpening) -> OpaquePointer? {
    session.failReceives(true)
    defer { session.failReceives(false) }
    return request(opening)
  }

  private func accept(_ channel: OpaquePointer, for opening: ChannelOpening) {
    if opening.isCancelled { return free(channel) }
    opening.transport.channel = channel
    transports.append(opening.transport)
    opening.outcome = .success(opening.transport)
    opening.transport.onEvent()
  }

  private func free(_ channel: OpaquePointer) {
    session.transport.beginTurn()
    if libssh2_channel_free(channel) == LIBSSH2_ERROR_EAGAIN { lingering.append(channel) }
  }

  // MARK: Reading

  /// Takes in what the socket has, for whichever channel it is.
  private func readPackets(_ scratch: UnsafeMutableRawBufferPointer) -> Failure? {
    // Unsafe: a read of no bytes, which still looks at the network first. Without a channel libssh2 has no
    // call that would; what comes then is read with the next opening.
    guard let channel = transports.first?.channel else { return nil }
    let status = Int32(
      truncatingIfNeeded: libssh2_channel_read_ex(
        channel, 0, scratch.baseAddress?.assumingMemoryBound(to: CChar.self), 0))
    guard status < 0, !session.mustWait(status), session.transport.ending == nil else { return nil }
    return Failure(.connectionLost, "the connection was lost: \(session.lastErrorText)")
  }

  /// Moves what has come for one channel into its transport; returns whether there was anything.
  private func read(_ transport: ChannelTransport, _ scratch: UnsafeMutableRawBufferPointer) -> Bool {
    var any = false
    while let channel = transport.channel, transport.takesMore {
      var available: UInt = 0
      _ = libssh2_channel_window_read_ex(channel, &available, nil)
      if available == 0 {
        if libssh2_channel_eof(channel) != 0, !transport.hasEnded { transport.end(.closed) }
        return any
      }
      // Unsafe: libssh2 writes at most scratch.count bytes; the result is used up before the next call.
      let count = libssh2_channel_read_ex(
        channel, 0, scratch.baseAddress?.assumingMemoryBound(to: CChar.self), scratch.count)
      guard count > 0 else { return any }
      transport.deliver(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
      any = true
    }
    return any
  }
}
