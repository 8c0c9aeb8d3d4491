import Images

/// A plan in the words of a node's result.
extension LoadPlan {
  /// Bytes of layers among what is sent.
  var layerBytesToSend: Int64 { batches.reduce(0) { $0 + $1.archive.blobBytes } }

  /// - Throws: `disk-full` when what has to travel cannot fit.
  func fits(_ facts: NodeFacts, store: ImageStore) throws(Failure) {
    guard let free = facts.diskFreeBytes, layerBytesToSend > 0 else { return }
    let need = roomNeeded(in: store)
    guard need > free else { return }
    throw Failure(
      .diskFull,
      "about \(Self.size(need)) are needed under \(facts.imageRoot ?? "the image folder"), \(Self.size(free)) are free",
      hint: "free room on the node, then `gantry rerun`")
  }

  /// An estimate. containerd keeps the compressed layers and unpacks them; dockerd first unpacks the whole archive to a
  /// temporary folder, then the layers, and two archives are there at once (``ImportPipeline``). Layers of code and libraries unpack to about two and a half times their size.
  private func roomNeeded(in store: ImageStore) -> Int64 {
    let lengths = batches.map(\.archive.length)
    let largest = zip(lengths, lengths.dropFirst() + [0]).map { $0 + $1 }.max() ?? 0
    var unpacked: Int64 = 0
    var seen: Set<Digest> = []
    for image in images where image.status == .needsBlobs {
      for layer in image.image.layers where seen.insert(layer.digest).inserted {
        unpacked += layer.compression == .none ? layer.size : layer.size * 5 / 2
      }
    }
    // Of images that are partly there, only the part that travels counts.
    let share = min(unpacked, layerBytesToSend * 5 / 2)
    switch store {
    case .containerd, .dockerContainerd: return layerBytesToSend + share
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
      image.staleNames[name] != nil ? .stale : image.namesToAdd.contains(name) ? .missing : .present
    }
  }

  /// What each name's state is once the plan was carried out.
  func resultsWhenDone() -> [ImageResult] {
    results { image, name in
      !image.namesToAdd.contains(name) ? .present : image.status == .needsBlobs ? .loaded : .tagged
    }
  }

  private func results(_ status: (PlannedImage, ImageReference) -> ImageResult.Status) -> [ImageResult] {
    images.flatMap { image in
      image.names.map { name in
        ImageResult(
          reference: name.description, id: image.image.imageID.description, status: status(image, name),
          replaced: image.staleNames[name]?.description)
      }
    }
  }

  /// Names that would be moved from another image, and what they point at.
  var staleNames: [(name: ImageReference, was: Digest)] {
    images.flatMap { image in image.staleNames.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }
}
