import Images
import Synchronization

/// An archive on its way to a node: counts what went out and tells it, at most ten times a second.
///
/// Its end may be held back: an import that has all of its bytes relies on the one before it.
final class ProgressStream: ByteStream, @unchecked Sendable {
  // One reader at a time, by ByteStream's contract; the hold has a lock of its own.
  private let stream: ArchiveStream
  private let session: NodeSession
  /// Bytes of earlier imports of this attempt, and of all of them.
  private let before: Int64
  private let total: Int64
  private var lastTold = ContinuousClock.now
  private var ended = false
  private let hold: Mutex<Hold>
  private let onEnd: @Sendable () -> Void

  private struct Hold {
    var isHeld: Bool
    var action: (@Sendable () -> Void)?
  }

  /// As much of the archive's end is held back: more than the zeros that end a tar, so that no reader has seen all of it,
  /// and no multiple of a tar's 512 bytes, since what is cut off between two members passes for an archive's end.
  private static let tail: Int64 = 4095

  /// - Parameters:
  ///   - isHeld: whether the archive's end waits for ``release()``.
  ///   - onEnd: called once, when all of it was read.
  init(
    _ stream: ArchiveStream, session: NodeSession, before: Int64, total: Int64, isHeld: Bool = false,
    onEnd: @escaping @Sendable () -> Void = {}
  ) {
    hold = Mutex(Hold(isHeld: isHeld))
    self.onEnd = onEnd
    self.stream = stream
    self.session = session
    self.before = before
    self.total = total
  }

  /// The position up to which nothing is held back.
  private var free: Int64 { max(0, stream.length - Self.tail) }

  var mustWait: Bool { stream.position >= free && hold.withLock { $0.isHeld } }

  func whenReleased(_ action: @escaping @Sendable () -> Void) {
    hold.withLock { if $0.isHeld { $0.action = action } }
  }

  /// Lets the archive's end go. From any thread.
  func release() {
    let action = hold.withLock { hold in
      defer { hold = Hold(isHeld: false) }
      return hold.action
    }
    action?()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var buffer = buffer
    if hold.withLock({ $0.isHeld }) {
      let room = Int(min(Int64(buffer.count), max(0, free - stream.position)))
      precondition(room > 0, "the end is held back")
      buffer = UnsafeMutableRawBufferPointer(rebasing: buffer[..<room])
    }
    let count: Int
    do {
      count = try stream.read(into: buffer)
    } catch {
      throw Failure(sending: error)
    }
    session.sent(Int64(count))
    let now = ContinuousClock.now
    if count == 0 || now - lastTold > .milliseconds(100) {
      lastTold = now
      session.emit(.progress(sent: before + stream.position, total: total))
    }
    if count == 0, !ended {
      ended = true
      session.enter(.import)
      onEnd()
    }
    return count
  }
}
