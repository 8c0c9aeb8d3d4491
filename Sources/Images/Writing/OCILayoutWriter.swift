/// Plans an OCI image layout as a tar (OCI Image Layout Specification), whole or with only some of its blobs.
///
/// containerd, and dockerd with containerd's store, take a layout that lacks blobs which they hold already.
public struct OCILayoutWriter: Sendable {
  /// An image of the layout.
  public struct Item: Sendable {
    /// The image.
    public let image: ArchivedImage
    /// The manifest to write for it: its own, or one that names other blobs with the same content.
    public let manifest: ImageManifest
    /// The names that the import gives it; one descriptor each.
    public let names: [ImageReference]

    /// - Parameter manifest: nil for the image's own.
    public init(_ image: ArchivedImage, names: [ImageReference], manifest: ImageManifest? = nil) {
      self.image = image
      self.manifest = manifest ?? image.manifest
      self.names = names
    }
  }

  private let archive: ImageArchive

  /// Plans archives whose layers come from `archive`.
  public init(archive: ImageArchive) { self.archive = archive }

  /// The layout with these images, and of their blobs exactly those asked for.
  ///
  /// - Parameter blobs: digests of manifests, configurations and layers; nil for all of all images.
  /// - Throws: `missing-layer` where a blob is asked for that neither the images nor the archive hold.
  public func plan(_ items: [Item], blobs: Set<Digest>? = nil) throws(ImageError) -> ArchivePlan {
    var documents: [(digest: Digest, bytes: [UInt8])] = []
    for item in items {
      documents.append((item.manifest.digest, item.manifest.bytes))
      documents.append((item.image.imageID, item.image.config))
    }
    let small = Set(documents.map(\.digest))
    let wanted = blobs ?? small.union(items.flatMap { $0.image.layers.map(\.digest) })
    var layers: [Blob] = []
    for digest in wanted where !small.contains(digest) {
      guard let blob = archive.blobs[digest] else {
        throw ImageError(.missingLayer, "layer \(digest) is not in \(ImageError.shown(archive.path))")
      }
      layers.append(blob)
    }
    var plan = ArchivePlan()
    plan.add("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    plan.add("index.json", try index(items))
    var written: Set<Digest> = []
    for document in documents where wanted.contains(document.digest) {
      if written.insert(document.digest).inserted { plan.add(path(document.digest), document.bytes) }
    }
    // In the order of the source, so that compressed archives are inflated only once.
    for blob in layers.sorted(by: { $0.offset < $1.offset }) { plan.add(path(blob.digest), blob) }
    plan.finish()
    return plan
  }

  private func path(_ digest: Digest) -> String { "blobs/sha256/" + digest.hex }

  private func index(_ items: [Item]) throws(ImageError) -> [UInt8] {
    var index = OCIIndex(schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [])
    for item in items {
      let names = item.names.isEmpty ? [nil] : item.names.map(Optional.some)
      for name in names {
        var annotations: [String: String]?
        if let name {
          annotations = ["io.containerd.image.name": name.description]
          annotations?["org.opencontainers.image.ref.name"] = name.tag
        }
        index.manifests.append(
          OCIDescriptor(
            mediaType: item.manifest.mediaType, digest: item.manifest.digest,
            size: Int64(item.manifest.bytes.count), annotations: annotations,
            platform: OCIPlatform(item.image.platform)))
      }
    }
    return try OCIDocument.encode(index, what: "index.json")
  }
}
