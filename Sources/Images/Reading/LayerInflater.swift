/// The digest of what a compressed layer holds, with bounded memory: what its diff ID should be.
enum LayerInflater {
  /// - Parameter limit: bytes that may come out; a layer that is a bomb costs time up to here, and no more.
  static func diffID(of blob: Blob, in source: any ContentSource, limit: Int64) throws(ImageError) -> Digest {
    let range = RangeInput(
      try source.makeCursor(), offset: blob.offset, size: blob.size, blockSize: 256 << 10)
    let input = try InflatingInput(range, blob.compression, limit: limit, what: "layer \(blob.digest)")
    var hasher = StreamHasher()
    while true {
      let block = try input.nextBlock()
      if block.isEmpty { return hasher.finish() }
      hasher.update(block)
    }
  }
}
