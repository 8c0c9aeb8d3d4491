/// A planned archive as a stream of bytes, read from the source as it goes: no temporary file, no copy in memory.
///
/// Used by one thread at a time.
public final class ArchiveStream {
  private let plan: ArchivePlan
  private let cursor: any ContentCursor
  private var segment = 0
  /// Bytes of the segment that were read.
  private var done: Int64 = 0
  /// Bytes of the archive that were read.
  public private(set) var position: Int64 = 0

  /// - Parameter cursor: a cursor of the archive that the plan was made from, for this stream alone.
  public init(_ plan: ArchivePlan, cursor: any ContentCursor) {
    self.plan = plan
    self.cursor = cursor
  }

  /// Bytes of the whole archive.
  public var length: Int64 { plan.length }

  /// Fills `buffer` as far as the archive goes; returns how many bytes, 0 at the end.
  ///
  /// Throws `read-failed`, and `truncated-archive` where the source has become shorter.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    var filled = 0
    while filled < buffer.count, segment < plan.segments.count {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count: Int
      switch plan.segments[segment] {
      case .bytes(let bytes):
        count = min(room.count, bytes.count - Int(done))
        bytes.withUnsafeBytes { source in
          room.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[Int(done)..<Int(done) + count]))
        }
      case .range(let offset, let size):
        let want = Int(min(Int64(room.count), size - done))
        count = try cursor.read(
          at: offset + done, into: UnsafeMutableRawBufferPointer(rebasing: room[..<want]))
        guard count > 0 || want == 0 else {
          throw ImageError(
            .truncatedArchive, "the archive ends at byte \(offset + done), too early",
            hint: "it was changed while it was being sent; check it with `gantry bundle verify`")
        }
      }
      filled += count
      done += Int64(count)
      if done == plan.segments[segment].size {
        segment += 1
        done = 0
      }
    }
    position += Int64(filled)
    return filled
  }
}
