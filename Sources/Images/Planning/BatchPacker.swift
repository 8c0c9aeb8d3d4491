/// Puts images into imports, each of which relies on the ones before it.
struct BatchPacker {
  private(set) var batches: [LoadBatch] = []
  /// The chains of layers that dockerd has, or will have from the imports before.
  var knownChains: Set<Digest> = []
  private let store: ImageStore
  private let archive: ImageArchive
  private let limit: Int64
  private var carried: Set<Digest> = []
  private var images: [PlannedImage] = []
  private var blobs: Set<Digest> = []
  private var bytes: Int64 = 0

  init(store: ImageStore, archive: ImageArchive, limit: Int64) {
    self.store = store
    self.archive = archive
    self.limit = limit
  }

  /// The images in the order in which their first missing layer lies in the archive.
  func ordered(_ images: [PlannedImage]) -> [PlannedImage] {
    let keyed = images.enumerated().map { position, image in
      (
        image: image, offset: image.missing.compactMap { archive.blobs[$0]?.offset }.min() ?? -1,
        position: position
      )
    }
    return keyed.sorted { ($0.offset, $0.position) < ($1.offset, $1.position) }.map(\.image)
  }

  mutating func add(_ planned: PlannedImage) throws(ImageError) {
    var needed = try layers(planned)
    if !images.isEmpty, bytes + size(needed.subtracting(blobs)) > limit, closingPays(before: planned) {
      try close()
      needed = try layers(planned)
    }
    bytes += size(needed.subtracting(blobs))
    blobs.formUnion(needed)
    images.append(planned)
  }

  /// Whether ending the import here keeps more safe than it sends twice.
  ///
  /// dockerd knows layers by their chains: a blob that lies on other layers in the next image travels again when
  /// that image comes in another import, and only once when both are in the same. Up to four times the limit,
  /// such images stay together.
  private func closingPays(before next: PlannedImage) -> Bool {
    guard store == .dockerGraph, bytes < 4 * limit else { return true }
    let chains = knownChains.union(images.flatMap { $0.image.layers.map(\.chainID) })
    let again = next.image.layers.filter { !chains.contains($0.chainID) && blobs.contains($0.digest) }
    return size(Set(again.map(\.digest))) * 16 <= bytes
  }

  /// Ends the import that is being filled, if anything is in it.
  mutating func close() throws(ImageError) {
    guard !images.isEmpty else { return }
    batches.append(LoadBatch(images: images, blobs: blobs, archive: try archivePlan()))
    carried.formUnion(blobs)
    for planned in images {
      carried.insert(planned.image.imageID)
      knownChains.formUnion(planned.image.layers.map(\.chainID))
    }
    images = []
    blobs = []
    bytes = 0
  }

  /// The layers that the node lacks for an image after all imports before.
  private func layers(_ planned: PlannedImage) throws(ImageError) -> Set<Digest> {
    let layers = planned.image.layers
    let digests: [Digest]
    if store == .dockerGraph {
      // dockerd looks up chains, not blobs: a layer that came with another image below it must come again.
      digests = layers.drop { knownChains.contains($0.chainID) }.map(\.digest)
    } else {
      digests = planned.missing.filter { $0 != planned.image.imageID && !carried.contains($0) }
    }
    for digest in digests where archive.blobs[digest] == nil {
      throw ImageError(
        .missingLayer, "\(planned.image.title): layer \(digest) is neither on the node nor in the archive")
    }
    return Set(digests)
  }

  private func size(_ digests: Set<Digest>) -> Int64 {
    digests.reduce(0) { $0 + (archive.blobs[$1]?.size ?? 0) }
  }

  private func archivePlan() throws(ImageError) -> ArchivePlan {
    switch store {
    case .dockerGraph:
      return try DockerArchiveWriter(archive: archive).plan(
        images.map { .init($0.image, names: $0.namesToAdd) }, layers: blobs)
    case .containerd, .dockerContainerd:
      var wanted = blobs
      for planned in images {
        wanted.insert(planned.manifest.digest)
        if planned.missing.contains(planned.image.imageID), !carried.contains(planned.image.imageID) {
          wanted.insert(planned.image.imageID)
        }
      }
      return try OCILayoutWriter(archive: archive).plan(
        images.map { .init($0.image, names: $0.namesToAdd, manifest: $0.manifest) }, blobs: wanted)
    }
  }
}
