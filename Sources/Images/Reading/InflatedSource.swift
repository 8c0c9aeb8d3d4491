/// What a compressed range of another source inflates to.
///
/// A cursor inflates forward and skips what is not asked for; going back starts at the beginning again, so
/// readers go through it in the order of offsets.
final class InflatedSource: ContentSource {
  let isSequential = true
  private let parent: any ContentSource
  private let offset: Int64
  private let size: Int64
  private let compression: Compression
  private let limit: Int64

  init(_ parent: any ContentSource, offset: Int64, size: Int64, _ compression: Compression, limit: Int64) {
    self.parent = parent
    self.offset = offset
    self.size = size
    self.compression = compression
    self.limit = limit
  }

  func makeCursor() -> any ContentCursor { InflatedCursor(source: self) }

  /// The bytes from their beginning.
  ///
  /// - Parameter watch: sees each block of compressed bytes, and may stop the reading.
  func makeInput(watch: ((UnsafeRawBufferPointer) throws(ImageError) -> Void)? = nil)
    throws(ImageError) -> InflatingInput
  {
    var range: any BlockInput = RangeInput(
      try parent.makeCursor(), offset: offset, size: size, blockSize: 256 << 10)
    if let watch { range = WatchedInput(range, onBlock: watch) }
    return try InflatingInput(range, compression, limit: limit, what: "the compressed archive")
  }

  private final class InflatedCursor: ContentCursor {
    private let source: InflatedSource
    private var input: InflatingInput?
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The offset of the block's first byte.
    private var position: Int64 = 0

    init(source: InflatedSource) { self.source = source }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
      let input: InflatingInput
      if let open = self.input, offset >= position {
        input = open
      } else {
        input = try source.makeInput()
        self.input = input
        block = UnsafeRawBufferPointer(start: nil, count: 0)
        position = 0
      }
      while position + Int64(block.count) <= offset {
        position += Int64(block.count)
        block = UnsafeRawBufferPointer(start: nil, count: 0)
        block = try input.nextBlock()
        if block.isEmpty { return 0 }
      }
      let start = Int(offset - position)
      let count = min(buffer.count, block.count - start)
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[start..<(start + count)]))
      return count
    }
  }
}
