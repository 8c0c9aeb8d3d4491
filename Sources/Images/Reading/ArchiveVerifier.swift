/// Content that is not what it should be.
public struct VerifyFinding: Sendable, Equatable {
  /// What a digest is of.
  public enum Subject: String, Sendable {
    /// The blob as it lies in the archive.
    case blob
    /// What the blob inflates to.
    case diffID = "diff-id"
  }

  /// The images that use the content, by their titles.
  public let images: [String]
  /// What was compared.
  public let subject: Subject
  /// The digest that manifests and configurations name.
  public let expected: Digest
  /// The digest that the content has.
  public let actual: Digest

  /// The finding as an error, `digest-mismatch`.
  public var error: ImageError {
    let what = subject == .blob ? "layer" : "the content of layer"
    let others = images.count > 1 ? " and \(images.count - 1) more" : ""
    return ImageError(
      .digestMismatch, "\(images.first ?? "the archive")\(others): \(what) \(expected) is in fact \(actual)",
      hint: "the archive is damaged: copy or download it again")
  }
}

extension ImageArchive {
  /// Hashes every layer once and compares it with its digest; configurations and manifests were checked by
  /// ``open(path:options:)``.
  ///
  /// Blocks; stops with `cancelled` when the current task is cancelled. Throws `digest-mismatch` for the first
  /// finding, and what reading throws.
  /// - Parameters:
  ///   - deep: also inflates compressed layers and compares what comes out with the configurations' diff IDs.
  ///   - progress: called at least once per MiB, on this thread.
  public func verify(deep: Bool = false, progress: @escaping (ArchiveProgress) -> Void = { _ in })
    throws(ImageError)
  {
    if let finding = try findings(deep: deep, progress: progress).first { throw finding.error }
  }

  /// The same as ``verify(deep:progress:)``, but returns all that is wrong.
  public func findings(deep: Bool = false, progress: @escaping (ArchiveProgress) -> Void = { _ in })
    throws(ImageError)
    -> [VerifyFinding]
  {
    var verifier = try ArchiveVerifier(archive: self)
    for blob in blobs.values.sorted(by: { $0.offset < $1.offset }) {
      try verifier.check(blob, deep: deep, progress: progress)
    }
    return verifier.findings
  }
}

/// Reads the layers in the order in which they lie in the source, through one buffer.
private struct ArchiveVerifier {
  private(set) var findings: [VerifyFinding] = []
  private let archive: ImageArchive
  private let range: RangeInput
  private var state: ArchiveProgress
  private var images: [Digest: [String]] = [:]
  private var diffIDs: [Digest: Set<Digest>] = [:]

  init(archive: ImageArchive) throws(ImageError) {
    self.archive = archive
    range = RangeInput(try archive.makeCursor(), offset: 0, size: 0, blockSize: 1 << 20)
    state = ArchiveProgress(bytesDone: 0, bytesTotal: archive.blobs.values.reduce(0) { $0 + $1.size })
    for image in archive.images {
      for layer in image.layers {
        if images[layer.digest]?.last != image.title { images[layer.digest, default: []].append(image.title) }
        diffIDs[layer.digest, default: []].insert(layer.diffID)
      }
    }
  }

  mutating func check(_ blob: Blob, deep: Bool, progress: @escaping (ArchiveProgress) -> Void)
    throws(ImageError)
  {
    let inflates = deep && blob.compression != .none
    if !inflates, let known = archive.knownDigests[blob.offset] {
      state = ArchiveProgress(bytesDone: state.bytesDone + blob.size, bytesTotal: state.bytesTotal)
      progress(state)
      return compare(blob, .blob, expected: blob.digest, actual: known)
    }
    range.move(to: blob.offset, size: blob.size)
    let start = state
    var hasher = StreamHasher()
    let input = WatchedInput(range) { block throws(ImageError) in
      hasher.update(block)
      progress(
        ArchiveProgress(bytesDone: start.bytesDone + hasher.count, bytesTotal: start.bytesTotal))
      if Task.isCancelled { throw ImageError(.cancelled, "the check was cancelled") }
    }
    var content: Result<Digest, ImageError>?
    if inflates { content = inflated(input, blob) }
    while try !input.nextBlock().isEmpty {}
    guard hasher.count == blob.size else {
      throw ImageError(.truncatedArchive, "the archive ends within layer \(blob.digest)")
    }
    state = ArchiveProgress(bytesDone: state.bytesDone + blob.size, bytesTotal: state.bytesTotal)
    let actual = hasher.finish()
    compare(blob, .blob, expected: blob.digest, actual: actual)
    // A blob that is not what it should be says nothing more by what it inflates to.
    guard let content, actual == blob.digest else { return }
    let inflated = try content.get()
    for expected in (diffIDs[blob.digest] ?? []).sorted() {
      compare(blob, .diffID, expected: expected, actual: inflated)
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

  private mutating func compare(
    _ blob: Blob, _ subject: VerifyFinding.Subject, expected: Digest, actual: Digest
  ) {
    guard expected != actual else { return }
    findings.append(
      VerifyFinding(images: images[blob.digest] ?? [], subject: subject, expected: expected, actual: actual))
  }
}
