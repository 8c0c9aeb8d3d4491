import CLibArchive

/// What compressed bytes inflate to, block after block and with bounded memory.
final class InflatingInput: BlockInput {
  private let handle: ArchiveHandle
  private let limit: Int64
  private let what: String
  private var produced: Int64 = 0
  private var state = State.new

  private enum State { case new, open, ended }

  /// - Parameters:
  ///   - limit: bytes that may come out; more is `too-large`.
  ///   - what: what the bytes are, for messages.
  init(_ input: any BlockInput, _ compression: Compression, limit: Int64, what: String) throws(ImageError) {
    handle = try ArchiveHandle(.inflated(compression), input: input)
    self.limit = limit
    self.what = what
  }

  func nextBlock() throws(ImageError) -> UnsafeRawBufferPointer {
    if state == .new {
      var entry: OpaquePointer?
      let result = archive_read_next_header(handle.raw, &entry)
      // libarchive's raw format refuses compressed data that inflates to nothing.
      guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw handle.failure(what) }
      state = .open
    }
    while state == .open {
      var start: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      let result = archive_read_data_block(handle.raw, &start, &count, &offset)
      if result == ARCHIVE_EOF {
        state = .ended
        break
      }
      guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw handle.failure(what) }
      guard count > 0 else { continue }
      produced += Int64(count)
      guard produced <= limit else {
        throw ImageError(.tooLarge, "\(what) inflates to more than \(limit) bytes")
      }
      return UnsafeRawBufferPointer(start: start, count: count)
    }
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }
}
