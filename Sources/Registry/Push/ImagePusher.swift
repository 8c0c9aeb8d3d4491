import Fleet
import Images

/// Brings images of one archive into one registry: each layer once, and only what is not there.
struct ImagePusher: Sendable {
  let client: RegistryClient
  let archive: ImageArchive
  /// For layers; requests that move nothing do not count.
  let uploads: Slots
  private let allowance: UploadAllowance
  let ledger = BlobLedger()
  /// The one reader of a compressed archive; nil where every upload has its own.
  private let sharedReader: ArchiveReader?

  init(
    client: RegistryClient, archive: ImageArchive, uploads: Slots, allowance: UploadAllowance
  ) throws(RegistryError) {
    self.client = client
    self.archive = archive
    self.uploads = uploads
    self.allowance = allowance
    sharedReader = archive.isCompressed ? try ArchiveReader(archive) : nil
  }

  /// What the registry has under a name.
  enum State: Sendable, Equatable {
    case absent
    /// This image, perhaps under a manifest of another form.
    case present(Digest)
    case other(Digest)
  }

  /// Looks what a name points to now.
  func state(of target: ImageReference, _ image: ArchivedImage) async throws(RegistryError) -> State {
    let manifest = PushManifest(image)
    guard let digest = try await client.manifestDigest(target.path, target.tag ?? "\(manifest.digest)") else {
      return .absent
    }
    if digest == manifest.digest { return .present(digest) }
    guard let other = try await client.manifest(target.path, "\(digest)") else { return .other(digest) }
    return ManifestContent(other.bytes)?.isSame(as: image) == true ? .present(digest) : .other(digest)
  }

  /// Pushes an image under one name: layers and configuration, then the manifest, which is looked at afterwards.
  func push(_ image: ArchivedImage, to target: ImageReference, progress: PushProgress)
    async throws(RegistryError)
  {
    let repository = target.path
    var blobs: [(content: UploadContent, isLayer: Bool)] = [(UploadContent(image.config), false)]
    var seen: Set<Digest> = [image.imageID]
    for layer in image.layers where seen.insert(layer.digest).inserted {
      guard let blob = archive.blobs[layer.digest] else {
        throw RegistryError(ImageError(.missingLayer, "layer \(layer.digest) is not in the archive"))
      }
      blobs.append((UploadContent(blob, reader: try reader()), true))
    }
    if sharedReader != nil {
      // One after the other, in the order of the source.
      for layer in blobs.sorted(by: { offset(of: $0.content) < offset(of: $1.content) }) {
        try await bring(layer.content, to: repository, progress)
      }
    } else {
      let contents = blobs.map(\.content)
      let results = await withTaskGroup(of: Result<Void, RegistryError>.self) { group in
        for content in contents {
          group.addTask {
            do throws(RegistryError) {
              return .success(try await bring(content, to: repository, progress))
            } catch {
              return .failure(error)
            }
          }
        }
        var failure: RegistryError?
        for await case .failure(let error) in group where failure == nil {
          failure = error
          group.cancelAll()
        }
        return failure
      }
      if let results { throw results }
    }
    let manifest = PushManifest(image)
    progress.emit(.phase(.tag))
    try await client.putManifest(
      repository, tag: target.tag ?? "\(manifest.digest)", bytes: manifest.bytes,
      mediaType: manifest.mediaType)
  }

  private func reader() throws(RegistryError) -> ArchiveReader {
    if let sharedReader { return sharedReader }
    return try ArchiveReader(archive)
  }

  private func offset(of content: UploadContent) -> Int64 { archive.blobs[content.digest]?.offset ?? 0 }

  private func bring(
    _ content: UploadContent, to repository: String, _ progress: PushProgress
  ) async throws(RegistryError) {
    if try await client.hasBlob(repository, content.digest) {
      await ledger.note(content.digest, home: repository)
      return
    }
    switch await ledger.claim(content.digest) {
    case .mount(let home):
      if home != repository, try await client.mount(content.digest, into: repository, from: home) { return }
      try await upload(content, to: repository, progress)
    case .upload:
      do throws(RegistryError) {
        try await upload(content, to: repository, progress)
      } catch {
        await ledger.settle(content.digest, home: nil)
        throw error
      }
      await ledger.settle(content.digest, home: repository)
    }
  }

  private func upload(
    _ content: UploadContent, to repository: String, _ progress: PushProgress
  ) async throws(RegistryError) {
    progress.expect(content.size)
    try await uploads.run { () async throws(RegistryError) in
      try await allowance.upload(content.size) { (ready) async throws(RegistryError) in
        try await client.upload(content, to: repository, ready: ready) { progress.sent($0) }
      }
    }
  }
}
