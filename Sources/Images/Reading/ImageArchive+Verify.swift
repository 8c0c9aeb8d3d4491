extension ImageArchive {
  /// Holds every layer's blob against its digest; each byte is read and hashed once.
  ///
  /// Blobs of a compressed archive were hashed while it was opened. Configurations and manifests were held against
  /// their digests when they were read. Blocks on disk reads.
  ///
  /// - Parameters:
  ///   - deep: also inflate each layer and hold the result against its diff ID.
  ///   - progress: called now and then with the bytes hashed so far.
  /// - Throws: `digest-mismatch`, naming the layer and an image that has it; `truncated-archive`, `read-failed`; with
  ///   `deep`, `corrupt-bundle` for a layer that cannot be inflated and `too-large` for one that grows past the limit.
  public func verify(deep: Bool = false, progress: (Int64) -> Void = { _ in }) throws(ImageError) {
    let cursor = try makeCursor()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var done: Int64 = 0
    // In the source's order: forward only where the source is compressed, and quick on a spinning disk.
    for blob in blobs.values.sorted(by: { $0.offset < $1.offset }) {
      let actual: Digest
      if let known = knownDigests[blob.offset] {
        actual = known
      } else {
        var hasher = StreamHasher()
        while hasher.count < blob.size {
          let want = Int(min(Int64(buffer.count), blob.size - hasher.count))
          let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<want])
          try cursor.fill(part, at: blob.offset + hasher.count)
          hasher.update(UnsafeRawBufferPointer(part))
          progress(done + hasher.count)
        }
        actual = hasher.finish()
      }
      done += blob.size
      guard actual == blob.digest else {
        throw ImageError(
          .digestMismatch,
          "a layer of \(owner(of: blob.digest)) is damaged: it should be \(blob.digest) and is \(actual)",
          hint: "copy the bundle again and compare its checksum file")
      }
    }
    if deep { try verifyContent() }
  }

  /// Inflates each layer and holds the result against the diff IDs of the images that have it.
  private func verifyContent() throws(ImageError) {
    var seen: Set<Digest> = []
    for image in images {
      for layer in image.layers where layer.compression != .none {
        guard let blob = blobs[layer.digest], seen.insert(layer.digest).inserted else { continue }
        let actual = try LayerInflater.diffID(of: blob, in: source, limit: limits.inflatedLayerBytes)
        guard actual == layer.diffID else {
          throw ImageError(
            .digestMismatch,
            "a layer of \(image.title) does not hold what its configuration says: \(actual) in place of \(layer.diffID)"
          )
        }
      }
    }
  }

  private func owner(of layer: Digest) -> String {
    images.first { $0.layers.contains { $0.digest == layer } }?.title ?? "no image"
  }
}
