/// Plans a docker-archive (moby, `image/tarexport`), whole or without the files of some layers.
///
/// dockerd with a graph driver looks up each layer's chain ID before it opens the file, so the files of layers that
/// it has may be left out. It unpacks the whole archive before it reads it: the order of the members is free.
public struct DockerArchiveWriter: Sendable {
  /// An image of the archive.
  public struct Item: Sendable {
    /// The image.
    public let image: ArchivedImage
    /// The names that loading gives it. Those without a tag cannot be loaded and are left out.
    public let names: [ImageReference]

    /// Makes an item.
    public init(_ image: ArchivedImage, names: [ImageReference]) {
      self.image = image
      self.names = names
    }
  }

  private let archive: ImageArchive

  /// Plans archives whose layers come from `archive`.
  public init(archive: ImageArchive) { self.archive = archive }

  /// The archive with these images, and with exactly the layer files asked for.
  ///
  /// - Parameter layers: digests of layer blobs; nil for all of all images.
  /// - Throws: `missing-layer` where a layer is asked for that the archive does not hold.
  public func plan(_ items: [Item], layers: Set<Digest>? = nil) throws(ImageError) -> ArchivePlan {
    var entries: [DockerManifestEntry] = []
    var paths: [Digest: String] = [:]
    for item in items {
      for layer in item.image.layers {
        paths[layer.digest] = layer.digest.hex + layer.compression.layerSuffix
      }
      entries.append(
        DockerManifestEntry(
          config: item.image.imageID.hex + ".json", repoTags: item.names.compactMap { $0.tagged?.familiar },
          layers: item.image.layers.compactMap { paths[$0.digest] }))
    }
    var files: [Blob] = []
    for digest in layers ?? Set(paths.keys) {
      guard let blob = archive.blobs[digest], paths[digest] != nil else {
        throw ImageError(.missingLayer, "layer \(digest) is not in \(ImageError.shown(archive.path))")
      }
      files.append(blob)
    }
    var plan = ArchivePlan()
    plan.add("manifest.json", try OCIDocument.encode(entries, what: "manifest.json"))
    var written: Set<Digest> = []
    for item in items where written.insert(item.image.imageID).inserted {
      plan.add(item.image.imageID.hex + ".json", item.image.config)
    }
    // In the order of the source, so that compressed archives are inflated only once.
    for blob in files.sorted(by: { $0.offset < $1.offset }) {
      plan.add(paths[blob.digest] ?? blob.digest.hex, blob)
    }
    plan.finish()
    return plan
  }
}
