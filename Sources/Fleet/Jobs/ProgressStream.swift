import Images

/// An archive on its way to a node: counts what went out and tells it, at most ten times a second.
final class ProgressStream: ByteStream, @unchecked Sendable {
  // One reader at a time, by ByteStream's contract.
  private let stream: ArchiveStream
  private let session: NodeSession
  /// Bytes of earlier imports of this attempt, and of all of them.
  private let before: Int64
  private let total: Int64
  private var lastTold = ContinuousClock.now
  private var ended = false

  init(_ stream: ArchiveStream, session: NodeSession, before: Int64, total: Int64) {
    self.stream = stream
    self.session = session
    self.before = before
    self.total = total
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count: Int
    do {
      count = try stream.read(into: buffer)
    } catch {
      throw Failure(.corruptBundle, "the bundle cannot be read any more: \(error.message)", hint: error.hint)
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
    }
    return count
  }
}
