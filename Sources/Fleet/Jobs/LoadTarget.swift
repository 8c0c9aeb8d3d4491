import Images

/// An archive and the names that its images shall have on the nodes: what load, check and verify work towards.
public struct LoadTarget: Sendable {
  public let archive: ImageArchive
  let names: WantedNames
  /// Names of the archive that are not wanted, to be taken away where they are.
  let dropped: [ImageReference]

  /// Works out every name, so that a rule that cannot be followed is told before any node is touched.
  public init(archive: ImageArchive, rules: RetagRules) throws(ImageError) {
    self.archive = archive
    names = try rules.names(for: archive.images)
    let wanted = Set(names.byImage.values.joined())
    dropped = rules.dropOriginal ? archive.images.flatMap(\.references).filter { !wanted.contains($0) } : []
  }

  /// Adds what a plan needs to know to a probe.
  func ask(in request: inout ProbeRequest) {
    request.names = names(withImages: archive.images)
    var blobs: Set<Digest> = []
    var diffIDs: Set<Digest> = []
    for image in archive.images {
      for layer in image.layers {
        blobs.insert(layer.digest)
        diffIDs.insert(layer.diffID)
      }
    }
    request.blobs = blobs.sorted()
    request.diffIDs = diffIDs.sorted()
  }

  /// Every spelling that a store may give a wanted name, and the names to take away.
  private func names(withImages images: [ArchivedImage]) -> [ProbeRequest.Name] {
    var seen: Set<ImageReference> = []
    var result: [ProbeRequest.Name] = []
    for image in images {
      for wanted in names[image.imageID] + image.references
      where dropped.contains(wanted) || names[image.imageID].contains(wanted) {
        for store in ImageStore.allCases {
          guard let name = store.name(for: wanted), seen.insert(name).inserted else { continue }
          result.append(
            ProbeRequest.Name(reference: name, manifest: image.manifest.digest, imageID: image.imageID))
        }
      }
    }
    return result
  }

  func planner(for store: ImageStore) -> LoadPlanner { LoadPlanner(archive, names: names, store: store) }

  /// - Throws: `wrong-architecture` when an image cannot run on the node.
  func fits(_ facts: NodeFacts) throws(Failure) {
    guard let arch = facts.arch else { return }
    guard let other = archive.images.first(where: { $0.platform.architecture != arch }) else { return }
    throw Failure(
      .wrongArchitecture, "the node is \(arch), \(other.title) is for \(other.platform)",
      hint: "take the bundle for \(arch), or leave the node out with -l '!NODE'")
  }
}

extension LoadPlan {
  /// - Throws: `disk-full` when what has to travel cannot fit.
  func fits(_ facts: NodeFacts, store: ImageStore) throws(Failure) {
    guard let free = facts.diskFreeBytes, blobBytesToSend > 0 else { return }
    let need = roomNeeded(in: store)
    guard need > free else { return }
    throw Failure(
      .diskFull,
      "about \(Self.size(need)) are needed under \(facts.imageRoot ?? "the image folder"), \(Self.size(free)) are free",
      hint: "free room on the node, then `gantry rerun`")
  }

  /// An estimate. containerd keeps the compressed layers and unpacks them; dockerd first unpacks the whole archive to a
  /// temporary folder, then the layers. Layers of code and libraries unpack to about two and a half times their size.
  private func roomNeeded(in store: ImageStore) -> Int64 {
    let largest = batches.map(\.archive.length).max() ?? 0
    var unpacked: Int64 = 0
    var seen: Set<Digest> = []
    for image in images where image.status == .needsBlobs {
      for layer in image.image.layers where seen.insert(layer.digest).inserted {
        unpacked += layer.compression == .none ? layer.size : layer.size * 5 / 2
      }
    }
    // Of images that are partly there, only the part that travels counts.
    let share = min(unpacked, blobBytesToSend * 5 / 2)
    switch store {
    case .containerd, .dockerContainerd: return blobBytesToSend + share
    case .dockerGraph: return largest + share
    }
  }

  private static func size(_ bytes: Int64) -> String {
    let tenths = (bytes + 50_000_000) / 100_000_000
    return bytes < 100_000_000 ? "\(bytes / 1_000_000) MB" : "\(tenths / 10).\(tenths % 10) GB"
  }

  /// What each name's state is, before anything is sent.
  func resultsAsFound() -> [ImageResult] {
    results { image, name in
      image.stale[name] != nil ? .stale : image.missing.contains(name) ? .missing : .present
    }
  }

  /// What each name's state is once the plan was carried out.
  func resultsWhenDone() -> [ImageResult] {
    results { image, name in
      !image.missing.contains(name) ? .present : image.status == .needsBlobs ? .loaded : .tagged
    }
  }

  private func results(_ status: (LoadPlan.Image, ImageReference) -> ImageResult.Status) -> [ImageResult] {
    images.flatMap { image in
      image.names.map { name in
        ImageResult(
          reference: name.description, id: image.image.imageID.description, status: status(image, name),
          replaced: image.stale[name].map { ($0.imageID ?? $0.target).description })
      }
    }
  }

  /// Names that would be moved from another image.
  var staleNames: [(name: ImageReference, was: NodeImage)] {
    images.flatMap { image in image.stale.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }
}
