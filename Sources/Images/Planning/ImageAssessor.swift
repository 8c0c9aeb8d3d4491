/// Says for one image what a node lacks of it.
struct ImageAssessor {
  let store: ImageStore
  let content: NodeContent
  let full: Bool

  func assess(_ image: ArchivedImage, names: [ImageReference]) -> PlannedImage {
    let lacking = store == .dockerGraph ? lackingInGraph(image) : lackingInContent(image, names)
    let targets = [image.manifest.digest, lacking.manifest.digest, image.imageID]
    var toAdd: [ImageReference] = []
    var stale: [ImageReference: Digest] = [:]
    for name in names {
      guard let there = content.names[name.description] else {
        toAdd.append(name)
        continue
      }
      // The ID decides where the node says it; the manifest is only one of several that lead to an image.
      let same = there.imageID.map { $0 == image.imageID } ?? targets.contains(there.target)
      if !same { stale[name] = there.imageID ?? there.target }
      if !same || !there.complete || !there.unpacked { toAdd.append(name) }
    }
    let isThere = lacking.blobs.isEmpty || (store != .dockerGraph && !names.isEmpty)
    let status: PlannedImage.Status =
      toAdd.isEmpty && isThere ? .present : lacking.blobs.isEmpty ? .namesOnly : .needsBlobs
    return PlannedImage(
      image: image, manifest: full ? image.manifest : lacking.manifest, status: status, names: names,
      namesToAdd: full ? names : toAdd, staleNames: stale,
      missing: full ? allBlobs(image) : status == .present ? [] : lacking.blobs)
  }

  private func allBlobs(_ image: ArchivedImage) -> [Digest] {
    unique([image.imageID] + image.layers.map(\.digest))
  }

  /// containerd's stores: every blob counts by itself, and a layer may be there compressed in another way.
  private func lackingInContent(_ image: ArchivedImage, _ names: [ImageReference])
    -> (blobs: [Digest], manifest: ImageManifest)
  {
    let whole = content.names.values.contains { $0.target == image.manifest.digest && $0.complete }
    if whole { return ([], image.manifest) }
    // A name with the manifest's digest in it must point to that very manifest.
    let keepsManifest = names.contains { $0.digest == image.manifest.digest }
    var missing = content.blobs.contains(image.imageID) ? [] : [image.imageID]
    var layers: [ImageCollector.LayerSource] = []
    var replaced = false
    for layer in image.layers {
      var source = ImageCollector.LayerSource(
        digest: layer.digest, size: layer.size, compression: layer.compression,
        mediaType: MediaType.isLayer(layer.mediaType) ? layer.mediaType : layer.compression.layerMediaType)
      if !content.blobs.contains(layer.digest) {
        if !keepsManifest, let other = content.blobsByDiffID[layer.diffID], other.digest != layer.digest {
          let type = other.mediaType.flatMap { MediaType.isLayer($0) ? $0 : nil } ?? MediaType.dockerLayer
          source = .init(digest: other.digest, size: other.size, compression: .none, mediaType: type)
          replaced = true
        } else if content.blobsByDiffID[layer.diffID]?.digest != layer.digest {
          missing.append(layer.digest)
        }
      }
      layers.append(source)
    }
    let rewritten =
      replaced
      ? try? ManifestBuilder.manifest(imageID: image.imageID, configSize: image.config.count, layers: layers)
      : nil
    return (unique(missing), rewritten ?? image.manifest)
  }

  /// dockerd's graph: a layer counts with all below it, so only the lower end of an image can be left out.
  private func lackingInGraph(_ image: ArchivedImage) -> (blobs: [Digest], manifest: ImageManifest) {
    if content.graphHas(image.imageID) { return ([], image.manifest) }
    let missing = image.layers.drop { content.layerChains.contains($0.chainID) }
    return (unique([image.imageID] + missing.map(\.digest)), image.manifest)
  }

  private func unique(_ digests: [Digest]) -> [Digest] {
    var seen: Set<Digest> = []
    return digests.filter { seen.insert($0).inserted }
  }
}
