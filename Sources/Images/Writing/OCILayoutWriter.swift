/// Writes images as an OCI image layout (OCI Image Layout Specification) that may lack blobs.
///
/// `ctr images import` takes a layout without the blobs that its content store has; a descriptor for each wanted
/// name makes the name, so that a second name costs some hundred bytes.
struct OCILayoutWriter {
  /// One image of the layout.
  struct Entry {
    let image: ArchivedImage
    let names: [ImageReference]
    /// The image's own manifest, or one that refers to blobs that the node has under other digests.
    let manifest: ImageManifest
  }

  /// - Parameter layers: the blobs to include, each once.
  static func plan(_ entries: [Entry], layers: [Blob]) throws(ImageError) -> ArchivePlan {
    var plan = ArchivePlan()
    plan.add("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    var descriptors: [OCIDescriptor] = []
    for entry in entries {
      for name in entry.names {
        var annotations = ["io.containerd.image.name": name.description]
        if let tag = name.tag { annotations["org.opencontainers.image.ref.name"] = tag }
        descriptors.append(
          OCIDescriptor(
            mediaType: entry.manifest.mediaType, digest: entry.manifest.digest,
            size: Int64(entry.manifest.bytes.count), annotations: annotations,
            platform: OCIPlatform(entry.image.platform)))
      }
    }
    let index = OCIIndex(schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: descriptors)
    plan.add("index.json", try OCIDocument.encode(index, what: "the index"))
    var written: Set<Digest> = []
    for entry in entries {
      if written.insert(entry.manifest.digest).inserted {
        plan.add(path(entry.manifest.digest), entry.manifest.bytes)
      }
      if written.insert(entry.image.imageID).inserted {
        plan.add(path(entry.image.imageID), entry.image.config)
      }
    }
    // In the source's order, so that a compressed source is read forward only.
    for blob in layers.sorted(by: { $0.offset < $1.offset }) where written.insert(blob.digest).inserted {
      plan.add(path(blob.digest), blob)
    }
    plan.finish()
    return plan
  }

  private static func path(_ digest: Digest) -> String { "blobs/sha256/" + digest.hex }
}
