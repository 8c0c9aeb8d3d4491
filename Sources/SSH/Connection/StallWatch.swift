import Fleet

/// Interrupts a command or a dialogue in which neither direction has moved a byte for too long.
///
/// It counts the command's own bytes and what leaves the socket's buffers. What the protocol sends by itself,
/// such as the server's keepalives, counts for nothing, so that it cannot hide a command that is stuck.
final class StallWatch {
  private let limit: Duration
  private let loop: EventLoop
  private weak var lane: Lane?
  private let exchange: any ChannelExchange
  private let session: Session
  private var timer: EventLoop.TimerID?
  private var last: [UInt64] = []
  private var quietChecks = 0

  /// A stall is noticed between one and one and a quarter of the limit.
  private static let checks = 4

  init(
    _ limit: Duration, loop: EventLoop, _ lane: Lane, _ exchange: any ChannelExchange, _ session: Session
  ) {
    self.limit = limit
    self.loop = loop
    self.lane = lane
    self.exchange = exchange
    self.session = session
    arm()
  }

  func stop() {
    if let timer { loop.cancel(timer) }
    timer = nil
  }

  private func arm() {
    timer = loop.schedule(at: .now + limit / Self.checks) { [weak self] in self?.check() }
  }

  private func check() {
    let silence = exchange.silence
    var now = [exchange.moved]
    // While the other side works, what leaves the buffers is not the work.
    if case .work = silence {} else { now.append(session.transport.outgoingProgress()) }
    quietChecks = now == last && silence != .rest ? quietChecks + 1 : 0
    last = now
    let quiet = limit / Self.checks * quietChecks
    let sent = exchange.bytesSent > 0 ? ", after \(exchange.bytesSent) bytes of input" : ""
    switch silence {
    case .stall where quiet >= limit:
      lane?.interrupt(Failure(.stalled, "no byte moved for \(limit.seconds)\(sent)"))
    case .work(let time) where quiet >= max(time, limit):
      lane?.interrupt(Failure(.commandTimeout, "no answer within \(time.seconds)\(sent)"))
    default:
      arm()
    }
  }
}
