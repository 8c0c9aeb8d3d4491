/// Compares an archive with what a node has, and plans the smallest imports that make up the difference.
public struct LoadPlanner: Sendable {
  /// The store of the node.
  public let store: ImageStore
  /// Whether everything is sent, whatever the node says that it has.
  public let full: Bool

  /// Makes a planner for nodes with that store.
  public init(store: ImageStore, full: Bool = false) {
    self.store = store
    self.full = full
  }

  /// The plan for one node.
  ///
  /// Images that need only names are one import without layers. The others follow in the order in which their
  /// first missing layer lies in the archive, in imports of about `batchBytes`: what one import made is kept when
  /// a later one fails, and none carries a layer again that an earlier one brought.
  /// - Parameters:
  ///   - names: the images that are wanted, and their names; other images of the archive are left out.
  ///   - batchBytes: bytes of layers after which an import ends; one image is never divided.
  /// - Throws: `missing-layer` where neither the node nor the archive has a layer.
  public func plan(
    _ archive: ImageArchive, names: WantedNames, content: NodeContent, batchBytes: Int64 = 128 << 20
  ) throws(ImageError) -> LoadPlan {
    let assessor = ImageAssessor(store: store, content: content, full: full)
    let images = archive.images.filter { names.byImage[$0.imageID] != nil }.map { image in
      assessor.assess(image, names: store.names(for: names[image.imageID]))
    }
    var packer = BatchPacker(store: store, archive: archive, limit: batchBytes)
    if !full {
      packer.knownChains = content.layerChains
      for planned in images where content.graphHas(planned.image.imageID) {
        packer.knownChains.formUnion(planned.image.layers.map(\.chainID))
      }
    }
    let renamed = full ? [] : images.filter { $0.status == .namesOnly }
    for planned in renamed { try packer.add(planned) }
    try packer.close()
    let rest = full ? images : images.filter { $0.status == .needsBlobs }
    for planned in packer.ordered(rest) { try packer.add(planned) }
    try packer.close()
    return LoadPlan(
      store: store, images: images, batches: packer.batches,
      bytesTotal: archive.totalBytes(of: images.map(\.image)))
  }

  /// The archive with all names and all layers of these images: the way back when a node refuses the small one.
  public func whole(_ images: [PlannedImage], of archive: ImageArchive) throws(ImageError) -> ArchivePlan {
    switch store {
    case .containerd, .dockerContainerd:
      try OCILayoutWriter(archive: archive).plan(images.map { .init($0.image, names: $0.names) })
    case .dockerGraph:
      try DockerArchiveWriter(archive: archive).plan(images.map { .init($0.image, names: $0.names) })
    }
  }

  /// The layout with the missing names, the manifests and the configurations of these images, for a node of containerd's
  /// stores that has the layers.
  public func documents(_ images: [PlannedImage], of archive: ImageArchive) throws(ImageError) -> ArchivePlan
  {
    try OCILayoutWriter(archive: archive).plan(
      images.map { .init($0.image, names: $0.namesToAdd, manifest: $0.manifest) },
      blobs: Set(images.flatMap { [$0.manifest.digest, $0.image.imageID] }))
  }
}

extension ImageArchive {
  /// Bytes of these images' layers, configurations and manifests, each counted once.
  func totalBytes(of images: [ArchivedImage]) -> Int64 {
    let layers = Set(images.flatMap { $0.layers.map(\.digest) }).reduce(0) { $0 + (blobs[$1]?.size ?? 0) }
    return layers + images.reduce(0) { $0 + Int64($1.config.count + $1.manifest.bytes.count) }
  }
}
