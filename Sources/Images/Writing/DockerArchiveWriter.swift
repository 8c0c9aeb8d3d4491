/// Writes images as a docker-archive (moby, `image/tarexport`) that may lack layers.
///
/// dockerd looks a layer's chain ID up before it opens the layer's file, so a file whose chain it has may be missing.
struct DockerArchiveWriter {
  /// One image of the archive.
  struct Entry {
    let image: ArchivedImage
    let names: [ImageReference]
  }

  /// - Parameter layers: the blobs to include, each once.
  static func plan(_ entries: [Entry], layers: [Blob]) throws(ImageError) -> ArchivePlan {
    var plan = ArchivePlan()
    let manifest = entries.map { entry in
      DockerManifestEntry(
        config: entry.image.imageID.hex + ".json", repoTags: entry.names.map(\.familiar),
        layers: entry.image.layers.map { path($0.digest, $0.compression) })
    }
    plan.add("manifest.json", try OCIDocument.encode(manifest, what: "the manifest"))
    var written: Set<Digest> = []
    for entry in entries where written.insert(entry.image.imageID).inserted {
      plan.add(entry.image.imageID.hex + ".json", entry.image.config)
    }
    // In the source's order, so that a compressed source is read forward only.
    for blob in layers.sorted(by: { $0.offset < $1.offset }) where written.insert(blob.digest).inserted {
      plan.add(path(blob.digest, blob.compression), blob)
    }
    plan.finish()
    return plan
  }

  private static func path(_ digest: Digest, _ compression: Compression) -> String {
    digest.hex + compression.layerSuffix
  }
}
