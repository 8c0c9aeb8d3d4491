/// Compares layers of an archive with the digests that manifests and configurations give them, through one buffer and on
/// one thread.
final class LayerChecker {
  private let archive: ImageArchive
  private let deep: Bool
  private let range: RangeInput
  private var images: [Digest: [String]] = [:]
  private var diffIDs: [Digest: Set<Digest>] = [:]

  /// - Parameter deep: also compare what a layer inflates to with the configurations' diff IDs.
  init(archive: ImageArchive, deep: Bool) throws(ImageError) {
    self.archive = archive
    self.deep = deep
    range = RangeInput(try archive.makeCursor(), offset: 0, size: 0, blockSize: 1 << 20)
    for image in archive.images {
      for layer in image.layers {
        if images[layer.digest]?.last != image.title { images[layer.digest, default: []].append(image.title) }
        diffIDs[layer.digest, default: []].insert(layer.diffID)
      }
    }
  }

  /// What is wrong with one layer.
  ///
  /// - Parameter advance: called with the bytes of each block that was read; may end the check.
  func check(
    _ blob: Blob, advance: @escaping (Int64) throws(ImageError) -> Void
  ) throws(ImageError) -> [VerifyFinding] {
    let inflates = deep && blob.compression != .none
    if !inflates, let known = archive.knownDigests[blob.offset] {
      try advance(blob.size)
      return compare(blob, .blob, expected: blob.digest, actual: known)
    }
    range.move(to: blob.offset, size: blob.size)
    var hasher = StreamHasher()
    let input = WatchedInput(range) { block throws(ImageError) in
      hasher.update(block)
      try advance(Int64(block.count))
    }
    var content: Result<Digest, ImageError>?
    if inflates { content = inflated(input, blob) }
    while try !input.nextBlock().isEmpty {}
    guard hasher.count == blob.size else {
      throw ImageError(.truncatedArchive, "the archive ends within layer \(blob.digest)")
    }
    let actual = hasher.finish()
    let findings = compare(blob, .blob, expected: blob.digest, actual: actual)
    // A blob that is not what it should be says nothing more by what it inflates to.
    guard let content, actual == blob.digest else { return findings }
    let inflated = try content.get()
    return findings
      + (diffIDs[blob.digest] ?? []).sorted().flatMap {
        compare(blob, .diffID, expected: $0, actual: inflated)
      }
  }

  private func inflated(_ input: WatchedInput, _ blob: Blob) -> Result<Digest, ImageError> {
    do throws(ImageError) {
      let what = "layer \(blob.digest) of \(images[blob.digest]?.first ?? "no image")"
      let limit = archive.limits.inflatedLayerBytes
      let inflating = try InflatingInput(input, blob.compression, limit: limit, what: what)
      var hasher = StreamHasher()
      while case let block = try inflating.nextBlock(), !block.isEmpty { hasher.update(block) }
      return .success(hasher.finish())
    } catch {
      return .failure(error)
    }
  }

  private func compare(
    _ blob: Blob, _ subject: VerifyFinding.Subject, expected: Digest, actual: Digest
  ) -> [VerifyFinding] {
    guard expected != actual else { return [] }
    return [
      VerifyFinding(images: images[blob.digest] ?? [], subject: subject, expected: expected, actual: actual)
    ]
  }
}
