import CLibSSH2
import Glibc

/// One LIBSSH2_SESSION: owns it, feeds it from a transport, and frees it exactly once.
///
/// It belongs to the thread of its connection's event loop. A call that would wait returns
/// LIBSSH2_ERROR_EAGAIN, always for input: output never waits (see ``Transport``).
final class Session {
  let pointer: OpaquePointer
  let transport: any Transport
  /// From now on nothing reaches the network: sends are swallowed, receives fail.
  private var severed = false
  private var freed = false
  private var failsReceives = false
  /// Bytes of the other side before its banner came; RFC 4253, 4.2 lets it send other lines first.
  fileprivate var received = 0
  fileprivate var expectsBanner = true
  /// What the other side sent first, until the handshake is over: its banner and the algorithms it offers.
  private(set) var beginning: [UInt8] = []
  /// It sent far too much before its banner.
  private(set) var flooded = false

  /// What ``promptCallback`` answers, while that may be called.
  var promptAnswers: PromptAnswers?

  /// A server that sends more than this before "SSH-2.0" is not one. libssh2 would read on for ever.
  static let longestPreamble = 64 << 10

  init?(transport: any Transport) {
    // Unsafe: nil functions choose malloc and free. The session keeps the abstract pointer, which is set
    // below.
    guard let pointer = libssh2_session_init_ex(nil, nil, nil, nil) else { return nil }
    self.pointer = pointer
    self.transport = transport
    libssh2_session_set_blocking(pointer, 0)
    // Unsafe: unretained, since the callbacks run only inside calls that this object makes while it is alive.
    libssh2_session_abstract(pointer).pointee = Unmanaged.passUnretained(self).toOpaque()
    // Unsafe: these are C functions of the very types that libssh2 declares for the two callbacks
    // (LIBSSH2_SEND_FUNC, LIBSSH2_RECV_FUNC); the setter takes them as untyped pointers.
    libssh2_session_callback_set(
      pointer, LIBSSH2_CALLBACK_SEND, unsafeBitCast(sendCallback, to: UnsafeMutableRawPointer.self))
    libssh2_session_callback_set(
      pointer, LIBSSH2_CALLBACK_RECV, unsafeBitCast(receiveCallback, to: UnsafeMutableRawPointer.self))
  }

  deinit {
    precondition(freed, "a session was dropped without being freed")
  }

  /// Frees the session with all its channels, then closes the transport. Later calls do nothing.
  ///
  /// Freeing closes channels, which sends and waits for an answer; with a broken or silent peer that would
  /// hang. Swallowed sends and failing receives make it one pass.
  func free() {
    guard !freed else { return }
    freed = true
    severed = true
    // Bounded, since a hang here would take all sessions of the loop with it; a leak does not.
    for _ in 0..<64 where libssh2_session_free(pointer) != LIBSSH2_ERROR_EAGAIN { break }
    transport.close()
  }

  /// Says goodbye (SSH_MSG_DISCONNECT, RFC 4253, 11.1) without waiting for anything.
  func disconnect() {
    _ = libssh2_session_disconnect_ex(pointer, SSH_DISCONNECT_BY_APPLICATION, "done", "")
  }

  /// Whether a call must be made again later. Never for output: that state, in which libssh2 may deadlock, is
  /// what the transport's backlog is there to avoid.
  func mustWait(_ status: Int32) -> Bool {
    guard status == LIBSSH2_ERROR_EAGAIN else { return false }
    assert(
      libssh2_session_block_directions(pointer) & LIBSSH2_SESSION_BLOCK_OUTBOUND == 0, "a packet is half sent"
    )
    return true
  }

  /// libssh2's number for its last error.
  var lastErrorNumber: Int32 { libssh2_session_last_errno(pointer) }

  /// libssh2's words for its last error; made safe for a message.
  var lastErrorText: String {
    var text: UnsafeMutablePointer<CChar>?
    var length: Int32 = 0
    // Unsafe: with want_buf 0 the text stays the session's; it is copied here, before any other call.
    let number = libssh2_session_last_error(pointer, &text, &length, 0)
    guard number != 0, let text, length > 0 else { return number == 0 ? "no error" : "error \(number)" }
    return MessageText.clean(UnsafeRawBufferPointer(start: text, count: Int(length)))
  }

  /// The other side's identification line, such as "SSH-2.0-OpenSSH_9.2p1"; nil before it came.
  var banner: String? {
    // Unsafe: the session's own string, copied here.
    libssh2_session_banner_get(pointer).map { MessageText.clean(String(cString: $0)) }
  }

  fileprivate func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    severed ? bytes.count : transport.send(bytes)
  }

  /// Makes receives fail without asking the transport, so that a call that waits for an answer ends.
  func failReceives(_ fail: Bool) { failsReceives = fail }

  fileprivate func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    if severed || failsReceives { return -Int(ECONNRESET) }
    let count = transport.receive(into: buffer)
    if expectsBanner, count > 0 {
      received += count
      if received > Self.longestPreamble {
        flooded = true
        return -Int(EPROTO)
      }
      beginning.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    return count
  }

  /// The handshake is over: the limit on what may come before the banner ends.
  func didShakeHands() {
    expectsBanner = false
    beginning = []
  }
}

private typealias SendCallback =
  @convention(c) (
    libssh2_socket_t, UnsafeRawPointer?, Int, Int32, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> Int

private typealias ReceiveCallback =
  @convention(c) (
    libssh2_socket_t, UnsafeMutableRawPointer?, Int, Int32, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> Int

// Unsafe, both: the abstract pointer is the session that makes the call (see its initialiser) and so is
// alive; the buffer is valid for the length libssh2 gives and not kept. The result is a count or a negative
// errno, as _libssh2_send and _libssh2_recv return it.
private let sendCallback: SendCallback = { _, bytes, count, _, abstract in
  guard let opaque = abstract?.pointee else { return -Int(ENOTCONN) }
  return Unmanaged<Session>.fromOpaque(opaque).takeUnretainedValue()
    .send(UnsafeRawBufferPointer(start: bytes, count: count))
}

private let receiveCallback: ReceiveCallback = { _, buffer, count, _, abstract in
  guard let opaque = abstract?.pointee else { return -Int(ENOTCONN) }
  return Unmanaged<Session>.fromOpaque(opaque).takeUnretainedValue()
    .receive(UnsafeMutableRawBufferPointer(start: buffer, count: count))
}
