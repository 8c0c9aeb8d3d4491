/// Works out what a node lacks; pure.
public struct LoadPlanner: Sendable {
  private let archive: ImageArchive
  private let names: WantedNames
  private let store: ImageStore
  /// Bytes of blobs after which an import is closed and the next begun.
  private let batchBytes: Int64

  /// - Parameter batchBytes: small enough that little is lost when a link dies, large enough that the daemon's time for
  ///   an import does not show.
  public init(_ archive: ImageArchive, names: WantedNames, store: ImageStore, batchBytes: Int64 = 128 << 20) {
    self.archive = archive
    self.names = names
    self.store = store
    self.batchBytes = batchBytes
  }

  /// The plan for a node that has `content`.
  ///
  /// - Parameter full: send everything, whatever the node has.
  public func plan(_ content: NodeContent, full: Bool = false) throws(ImageError) -> LoadPlan {
    let content = full ? NodeContent() : content
    let images = archive.images.map { look(at: $0, content) }
    let wanting = images.filter { $0.status != .present }
    var batches: [LoadPlan.Batch] = []
    var pending: [LoadPlan.Image] = []
    var pendingBlobs: [Blob] = []
    var pendingBytes: Int64 = 0
    var sent: Set<Digest> = []
    // Images that only need a name go first: they cost next to nothing.
    for image in wanting.sorted(by: comesBefore) {
      let lacking = blobs(of: image.image, lackingIn: content).filter { !sent.contains($0.digest) }
      let bytes = lacking.reduce(0) { $0 + $1.size }
      if pendingBytes > 0, pendingBytes + bytes > batchBytes {
        batches.append(try batch(pending, pendingBlobs, content))
        (pending, pendingBlobs, pendingBytes) = ([], [], 0)
      }
      pending.append(image)
      pendingBlobs += lacking
      pendingBytes += bytes
      sent.formUnion(lacking.map(\.digest))
    }
    if !pending.isEmpty { batches.append(try batch(pending, pendingBlobs, content)) }
    return LoadPlan(images: images, batches: batches)
  }

  /// One archive with everything of these images: the way back when a daemon refuses a partial one.
  public func whole(_ ids: [Digest]) throws(ImageError) -> LoadPlan.Batch {
    let wanted = Set(ids)
    let nothing = NodeContent()
    let images = archive.images.filter { wanted.contains($0.imageID) }.map { look(at: $0, nothing) }
    var sent: Set<Digest> = []
    let lacking = images.flatMap { blobs(of: $0.image, lackingIn: nothing) }.filter {
      sent.insert($0.digest).inserted
    }
    return try batch(images, lacking, nothing)
  }

  // MARK: One image

  private func look(at image: ArchivedImage, _ content: NodeContent) -> LoadPlan.Image {
    var seen: Set<ImageReference> = []
    let wanted = names[image.imageID].compactMap(store.name(for:)).filter { seen.insert($0).inserted }
    var missing: [ImageReference] = []
    var stale: [ImageReference: NodeImage] = [:]
    for name in wanted {
      guard let there = content.names[name.description] else {
        missing.append(name)
        continue
      }
      let same = there.imageID.map { $0 == image.imageID } ?? (there.target == image.manifest.digest)
      if !same { stale[name] = there }
      if !same || !there.isComplete || !there.isUnpacked { missing.append(name) }
    }
    let status: LoadPlan.Image.Status =
      missing.isEmpty ? .present : blobs(of: image, lackingIn: content).isEmpty ? .namesOnly : .needsBlobs
    return LoadPlan.Image(image: image, names: wanted, missing: missing, stale: stale, status: status)
  }

  /// The layers that have to travel.
  private func blobs(of image: ArchivedImage, lackingIn content: NodeContent) -> [Blob] {
    image.layers.filter { layer in
      switch store {
      case .containerd, .dockerContainerd:
        !content.blobs.contains(layer.digest) && content.blobsByDiffID[layer.diffID] == nil
      case .dockerGraph:
        // A chain ID stands for the layer on top of exactly the layers below it.
        !content.layerChains.contains(layer.chainID)
      }
    }.compactMap { archive.blobs[$0.digest] }
  }

  private func comesBefore(_ left: LoadPlan.Image, _ right: LoadPlan.Image) -> Bool {
    if (left.status == .namesOnly) != (right.status == .namesOnly) { return left.status == .namesOnly }
    return offset(left.image) < offset(right.image)
  }

  private func offset(_ image: ArchivedImage) -> Int64 {
    image.layers.compactMap { archive.blobs[$0.digest]?.offset }.min() ?? 0
  }

  // MARK: One import

  private func batch(_ images: [LoadPlan.Image], _ blobs: [Blob], _ content: NodeContent)
    throws(ImageError) -> LoadPlan.Batch
  {
    let plan: ArchivePlan
    switch store {
    case .dockerGraph:
      plan = try DockerArchiveWriter.plan(
        images.map { DockerArchiveWriter.Entry(image: $0.image, names: $0.missing) }, layers: blobs)
    case .containerd, .dockerContainerd:
      var entries: [OCILayoutWriter.Entry] = []
      for image in images {
        entries.append(
          OCILayoutWriter.Entry(
            image: image.image, names: image.missing, manifest: try manifest(of: image.image, content)))
      }
      plan = try OCILayoutWriter.plan(entries, layers: blobs)
    }
    let all = Set(images.flatMap { $0.image.layers.map(\.digest) }).count
    return LoadPlan.Batch(archive: plan, isPartial: blobs.count < all, images: images.map(\.image.imageID))
  }

  /// The image's manifest, with the layers that the node holds under another digest referred to as they are there. The
  /// configuration, and with it the image ID, stays.
  private func manifest(of image: ArchivedImage, _ content: NodeContent) throws(ImageError) -> ImageManifest {
    var foreign = false
    let layers = image.layers.map { layer -> ImageCollector.LayerSource in
      if !content.blobs.contains(layer.digest), let blob = content.blobsByDiffID[layer.diffID] {
        foreign = true
        return ImageCollector.LayerSource(
          digest: blob.digest, size: blob.size, compression: blob.compression,
          mediaType: blob.compression.layerMediaType)
      }
      return ImageCollector.LayerSource(
        digest: layer.digest, size: layer.size, compression: layer.compression, mediaType: layer.mediaType)
    }
    guard foreign else { return image.manifest }
    return try ManifestBuilder.manifest(
      imageID: image.imageID, configSize: image.config.count, layers: layers)
  }
}
