/// The bytes of a planned archive, made as they are read. One per node; used by one thread at a time.
public final class ArchiveStream {
  private let plan: ArchivePlan
  private let cursor: any ContentCursor
  private var index = 0
  /// Bytes of the current segment that were handed out.
  private var offset: Int64 = 0
  /// Bytes handed out so far.
  public private(set) var position: Int64 = 0

  /// Begins at the archive's first byte.
  ///
  /// - Parameter cursor: from the same image archive as the plan's layers, and used by nobody else meanwhile.
  public init(_ plan: ArchivePlan, cursor: any ContentCursor) {
    self.plan = plan
    self.cursor = cursor
  }

  /// Bytes of the whole archive.
  public var length: Int64 { plan.length }

  /// Fills the buffer as far as the archive goes; returns how many bytes, 0 at the end. Allocates nothing.
  ///
  /// Throws `truncated-archive` where a layer is no longer there in full, and what reading throws.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    var done = 0
    while done < buffer.count, index < plan.segments.count {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count: Int
      let size: Int64
      switch plan.segments[index] {
      case .literal(let bytes):
        size = Int64(bytes.count)
        count = min(room.count, bytes.count - Int(offset))
        bytes.withUnsafeBytes { source in
          let start = Int(offset)
          room.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<(start + count)]))
        }
      case .blob(let blob):
        size = blob.size
        let wanted = Int(min(Int64(room.count), size - offset))
        count =
          wanted == 0
          ? 0
          : try cursor.read(
            at: blob.offset + offset, into: UnsafeMutableRawBufferPointer(rebasing: room[..<wanted]))
        guard count > 0 || wanted == 0 else {
          throw ImageError(.truncatedArchive, "the archive ends within layer \(blob.digest)")
        }
      }
      done += count
      position += Int64(count)
      offset += Int64(count)
      if offset == size {
        index += 1
        offset = 0
      }
    }
    return done
  }
}
