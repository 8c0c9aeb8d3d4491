import CLibSSH2
import Glibc

/// A connected socket as a session's transport: TCP, or one end of a pair that a proxy command has the other of.
final class SocketTransport: Transport {
  let descriptor: Int32
  private let loop: EventLoop
  private var registration: UInt64?
  /// Called after the descriptor became ready for something.
  private let onEvent: () -> Void

  private var isLent = false
  /// What became ready while the transport was lent.
  private var missedEvents: UInt32 = 0
  private var queue = OutputQueue()
  private(set) var received: UInt64 = 0
  private(set) var mayReceive = true
  private(set) var ending: TransportEnding?
  private(set) var isHangingUp = false
  /// Called once, when the transport is closed.
  var onClose: (() -> Void)?
  private var drained: UInt64 = 0
  private var turnShare = 0

  /// Bytes that were read ahead. libssh2 reads the other side's banner one byte at a time.
  private let ahead = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
  private var aheadRange = 0..<0

  /// A session that receives without end has its turn taken away after this much.
  private static let share = 1 << 20
  /// More than this can only be the answers to a flood of requests from a server that reads none of them.
  private static let longestBacklog = 8 << 20

  /// Takes over a connected, non-blocking socket, also when it throws.
  init(_ descriptor: Int32, loop: EventLoop, onEvent: @escaping () -> Void) throws(SystemError) {
    self.descriptor = descriptor
    self.loop = loop
    self.onEvent = onEvent
    // The handler keeps no reference: the loop outlives the transport, which its connection may drop at any
    // time.
    do {
      registration = try loop.register(descriptor) { [weak self] events in self?.ready(events) }
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
  }

  deinit {
    precondition(registration == nil, "a transport was dropped without being closed")
    ahead.deallocate()
  }

  var backlog: Int { queue.count }

  func beginTurn() { turnShare = Self.share }

  func close() {
    guard let registration else { return }
    self.registration = nil
    loop.unregister(registration, descriptor)
    _ = Glibc.close(descriptor)
    mayReceive = false
    if ending == nil { ending = .closed }
    onClose?()
    onClose = nil
  }

  func outgoingProgress() -> UInt64 {
    guard registration != nil else { return drained }
    // What the kernel still holds shrinks as the other side acknowledges it. Wrapping, since only change
    // matters. Unsafe: SIOCOUTQ writes one int.
    var held: Int32 = 0
    _ = ioctl(descriptor, UInt(TIOCOUTQ), &held)
    return drained &* 0x1_0000_0000 &+ UInt64(UInt32(bitPattern: held))
  }

  // MARK: Sending

  func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    if let errno = brokenErrno { return -Int(errno) }
    var sent = 0
    if queue.count == 0 {
      sent = sendNow(bytes)
      if let errno = brokenErrno { return -Int(errno) }
    }
    if sent < bytes.count {
      guard queue.count + bytes.count - sent <= Self.longestBacklog else {
        ending = .broken(SystemError(ENOBUFS))
        return -Int(ENOBUFS)
      }
      queue.append(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
    }
    return bytes.count
  }

  /// Sends what the kernel takes; returns how much. Errors other than "not now" break the transport.
  private func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int {
    while true {
      // Unsafe: the kernel reads at most bytes.count bytes. MSG_NOSIGNAL keeps SIGPIPE from ending the
      // process.
      let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: return 0
      case let number:
        ending = .broken(SystemError(number))
        return 0
      }
    }
  }

  private var brokenErrno: Int32? {
    if registration == nil { return ENOTCONN }
    // An end of the other side's sending does not close ours.
    if case .broken(let error) = ending { return error.number }
    return nil
  }

  private func flush() {
    guard queue.count > 0, brokenErrno == nil else { return }
    queue.drain { sendNow($0) }
    drained &+= 1
  }

  // MARK: Receiving

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if !aheadRange.isEmpty { return takeAhead(buffer) }
    if let errno = brokenErrno { return -Int(errno) }
    guard mayReceive, turnShare > 0 else { return -Int(EAGAIN) }
    if buffer.count >= ahead.count { return receiveNow(into: buffer) }
    let count = receiveNow(into: ahead)
    guard count > 0 else { return count }
    aheadRange = 0..<count
    return takeAhead(buffer)
  }

  private func takeAhead(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, aheadRange.count)
    let range = aheadRange.lowerBound..<aheadRange.lowerBound + count
    // Unsafe: both sides hold at least count bytes and are different allocations.
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: ahead[range]))
    aheadRange = range.upperBound..<aheadRange.upperBound
    return count
  }

  private func receiveNow(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      // Unsafe: the kernel writes at most buffer.count bytes.
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 {
        received &+= UInt64(count)
        turnShare -= count
        return count
      }
      if count == 0 {
        mayReceive = false
        if ending == nil { ending = .closed }
        return 0
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        mayReceive = false
        return -Int(EAGAIN)
      case let number:
        mayReceive = false
        ending = .broken(SystemError(number))
        return -Int(number)
      }
    }
  }

  func lend() { isLent = true }

  func takeBack() {
    isLent = false
    let events = missedEvents
    missedEvents = 0
    if events != 0 { ready(events) }
  }

  private func ready(_ events: UInt32) {
    guard !isLent else {
      missedEvents |= events
      return
    }
    let inbound = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
    if events & inbound != 0 { mayReceive = true }
    if events & (inbound & ~EPOLLIN.rawValue) != 0 { isHangingUp = true }
    if events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { flush() }
    onEvent()
  }
}
