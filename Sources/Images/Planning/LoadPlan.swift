/// What has to be done to one node so that it has the wanted images under the wanted names.
public struct LoadPlan: Sendable {
  /// The store that the plan is for.
  public let store: ImageStore
  /// All wanted images, in the archive's order.
  public let images: [PlannedImage]
  /// What to import, in this order; each relies on the ones before it. Empty where nothing is to be done.
  public let batches: [LoadBatch]
  /// Bytes of all images, as a node with nothing would need them.
  public let bytesTotal: Int64

  /// Bytes that are sent, archive headers included.
  public var bytesToSend: Int64 { batches.reduce(0) { $0 + $1.bytes } }
  /// The images that need nothing.
  public var complete: [PlannedImage] { images.filter { $0.status == .present } }
}

/// What one image needs on one node.
public struct PlannedImage: Sendable {
  /// How much of the image the node has.
  public enum Status: String, Sendable {
    /// All: every wanted name points to it, and it is complete and unpacked.
    case present
    /// The content, but not every name, or it is not unpacked.
    case namesOnly = "names-only"
    /// Not all of the content.
    case needsBlobs = "needs-blobs"
  }

  /// The image.
  public let image: ArchivedImage
  /// The manifest that the names will point to in containerd's stores: the image's own, or one that names the same
  /// layers as the node holds them.
  public let manifest: ImageManifest
  /// How much of it the node has.
  public let status: Status
  /// All names that it shall have, as the store keeps them.
  public let names: [ImageReference]
  /// The names that are missing, point to another image, or to one that is not whole.
  public let namesToAdd: [ImageReference]
  /// The names that point to another image now, and its ID (or what else the node says that the name points to).
  public let staleNames: [ImageReference: Digest]
  /// The configuration and layers that the node lacks, by their digests in the archive.
  public let missing: [Digest]

  /// What the names will point to: the manifest's digest, or the image ID in dockerd's graph store.
  public func target(in store: ImageStore) -> Digest {
    store == .dockerGraph ? image.imageID : manifest.digest
  }
}

/// One import: some images and what the node needs for them.
public struct LoadBatch: Sendable {
  /// The images that are usable once it is imported.
  public let images: [PlannedImage]
  /// The layers' blobs that it carries.
  public let blobs: Set<Digest>
  /// The archive to send.
  public let archive: ArchivePlan

  /// Whether layers or configurations were left out because the node has them. What it has may go before the import
  /// needs it: the content of an import that broke off stays for as long as the daemon's lease on it.
  public var isPartial: Bool {
    images.contains { planned in
      !planned.missing.contains(planned.image.imageID)
        || !planned.image.layers.allSatisfy { blobs.contains($0.digest) }
    }
  }

  /// Bytes of the archive.
  public var bytes: Int64 { archive.length }
}
