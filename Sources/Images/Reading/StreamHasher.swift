import Crypto

/// The digest of bytes that come in blocks.
struct StreamHasher {
  private var hasher = SHA256()
  /// Bytes so far.
  private(set) var count: Int64 = 0

  mutating func update(_ block: UnsafeRawBufferPointer) {
    hasher.update(bufferPointer: block)
    count += Int64(block.count)
  }

  func finish() -> Digest { Digest(hasher.finalize()) }
}
