import Glibc

/// A channel of another session as a session's transport: the way behind a jump host.
///
/// The relay of the outer connection moves the bytes between the channel and the two queues here, so that
/// nothing inside a libssh2 call of the inner session waits for the outer one. Both sessions belong to the
/// same event loop.
final class ChannelTransport: Transport {
  let descriptor: Int32
  private let relay: Relay
  /// Called when there is something to receive, when what waited has left, and at the end.
  let onEvent: () -> Void
  /// The channel, from its confirmation to its end.
  var channel: OpaquePointer?

  private var inbox = OutputQueue()
  private var outbox = OutputQueue()
  private var drained: UInt64 = 0
  private var turnShare = 0
  /// Another thread makes a call on the inner session: the relay leaves this alone.
  private(set) var isLent = false
  /// An end that came meanwhile.
  private var missedEnd: TransportEnding?
  /// What ends the transport once everything that came before has been read.
  private var comingEnd: TransportEnding?
  private(set) var received: UInt64 = 0
  private(set) var ending: TransportEnding?

  private static let share = 1 << 20
  private static let longestBacklog = 8 << 20
  /// More is left in the channel, whose window then holds the other side back.
  private static let longestInbox = 256 << 10

  /// - Parameter descriptor: the outermost socket; libssh2 wants one to look at.
  init(relay: Relay, descriptor: Int32, onEvent: @escaping () -> Void) {
    self.relay = relay
    self.descriptor = descriptor
    self.onEvent = onEvent
  }

  var backlog: Int { outbox.count }
  var isHangingUp: Bool { comingEnd != nil }
  var mayReceive: Bool { inbox.count > 0 || (comingEnd != nil && ending == nil) }

  func beginTurn() { turnShare = Self.share }

  func outgoingProgress() -> UInt64 {
    let window = channel.map(Relay.window) ?? 0
    // Wrapping, since only change matters.
    return drained &* 0x1_0000_0000 &+ UInt64(window)
  }

  func close() {
    if ending == nil { ending = .closed }
    relay.release(self)
  }

  // MARK: The inner session's side

  func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    if comingEnd != nil || ending != nil { return -Int(EPIPE) }
    var sent = 0
    if outbox.count == 0, !isLent { sent = relay.write(self, bytes) }
    if sent < bytes.count {
      guard outbox.count + bytes.count - sent <= Self.longestBacklog else {
        end(.broken(SystemError(ENOBUFS)))
        return -Int(ENOBUFS)
      }
      outbox.append(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
    }
    return bytes.count
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard inbox.count > 0 else {
      guard let comingEnd else { return -Int(EAGAIN) }
      ending = comingEnd
      return comingEnd == .closed ? 0 : -Int(ECONNRESET)
    }
    guard turnShare > 0 else { return -Int(EAGAIN) }
    let wasFull = inbox.count >= Self.longestInbox
    var count = 0
    inbox.drain { bytes in
      count = min(bytes.count, buffer.count)
      // Unsafe: both sides hold at least count bytes and are different allocations.
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      return count
    }
    received &+= UInt64(count)
    turnShare -= count
    if wasFull, !isLent, inbox.count < Self.longestInbox { relay.poke() }
    return count
  }

  // MARK: The relay's side

  /// Room for more of what the channel has.
  var takesMore: Bool { inbox.count < Self.longestInbox }

  func deliver(_ bytes: UnsafeRawBufferPointer) { inbox.append(bytes) }

  /// Gives the channel what waits; returns whether the last of it has left.
  func flush() -> Bool {
    guard outbox.count > 0 else { return false }
    outbox.drain { relay.write(self, $0) }
    drained &+= 1
    return outbox.count == 0
  }

  /// Nothing comes any more, and nothing more is taken; the first reason stays.
  func end(_ reason: TransportEnding) {
    if isLent {
      missedEnd = missedEnd ?? reason
    } else if comingEnd == nil {
      comingEnd = reason
    }
  }

  func lend() { isLent = true }

  func takeBack() {
    isLent = false
    if let missedEnd { end(missedEnd) }
    relay.poke()
  }

  var hasEnded: Bool { comingEnd != nil }
}
