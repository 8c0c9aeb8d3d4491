import CLibSSH2

/// The bytes of one channel, both ways, and the buffer of those that it has not taken yet.
///
/// It belongs to its connection, and makes only libssh2 calls that do not wait.
final class ChannelBytes {
  enum Read {
    case bytes(UnsafeRawBufferPointer)
    /// There are none now.
    case nothing
    case lost
  }

  enum Written {
    case took(Int)
    case notNow
    /// The other side reads no more; what it says is still to come.
    case closed
    case lost
  }

  /// libssh2 makes packets of 32 KiB of it; one read of the source serves eight of them.
  static let bufferSize = 256 << 10
  /// A stream that never has to wait has its turn taken away after this much.
  static let share = 1 << 20

  let channel: OpaquePointer
  /// Room for what is to be sent next; see ``stage(_:)``.
  private(set) var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// The part of the buffer that the channel has not taken.
  private var unsent = 0..<0
  /// Bytes that have moved, either way; grows only.
  private(set) var moved: UInt64 = 0

  init(_ channel: OpaquePointer) { self.channel = channel }

  deinit { buffer.deallocate() }

  var hasUnsent: Bool { !unsent.isEmpty }

  /// The next bytes of one output, in `scratch`.
  func read(_ session: Session, _ stream: Int32, _ scratch: UnsafeMutableRawBufferPointer) -> Read {
    // Unsafe: libssh2 writes at most scratch.count bytes; the result is used up before the next call.
    let count = libssh2_channel_read_ex(
      channel, stream, scratch.baseAddress?.assumingMemoryBound(to: CChar.self), scratch.count)
    if count > 0 {
      moved &+= UInt64(count)
      return .bytes(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    }
    return count == 0 || session.mustWait(Int32(truncatingIfNeeded: count)) ? .nothing : .lost
  }

  /// Makes sure of room for `size` bytes in the buffer, in which nothing is unsent.
  func reserve(_ size: Int, exactly: Bool = false) {
    guard exactly ? buffer.count != size : buffer.count < size else { return }
    buffer.deallocate()
    buffer = .allocate(byteCount: size, alignment: 16)
    unsent = 0..<0
  }

  /// The first `count` bytes of the buffer are to be sent.
  func stage(_ count: Int) {
    precondition(count >= 0 && count <= buffer.count, "a stream returned more than there was room for")
    unsent = 0..<count
  }

  /// Gives the channel the unsent bytes.
  func write(_ session: Session) -> Written {
    // Unsafe: the range lies within the buffer. After EAGAIN libssh2 wants the same bytes again; they stay in
    // place.
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[unsent])
    let count = libssh2_channel_write_ex(
      channel, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    let status = Int32(truncatingIfNeeded: count)
    switch status {
    case 1...:
      moved &+= UInt64(count)
      unsent = unsent.lowerBound + count..<unsent.upperBound
      return .took(count)
    case 0:
      return .notNow
    case _ where session.mustWait(status):
      // The window is closed, or a rekey is under way. Nothing is half sent (see Transport), so reading may
      // go on.
      return .notNow
    case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT:
      return .closed
    default:
      return .lost
    }
  }

  /// Overwrites the buffer, so that what was in it is not kept in memory longer than it takes to send it.
  func erase() {
    // Unsafe: the whole of an allocation of ours.
    _ = buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }
}
