/// What a node says that it has, of what it was asked about.
public struct NodeContent: Sendable, Equatable {
  /// The images' names in full form (`docker.io/library/busybox:1.34.1`), and what they point to.
  public var names: [String: NodeImage]
  /// The blobs in containerd's content store: layers, configurations and manifests.
  public var blobs: Set<Digest>
  /// The layers in containerd's content store by the digest of their uncompressed content (the label
  /// `containerd.io/uncompressed`).
  public var blobsByDiffID: [Digest: NodeBlob]
  /// The chain IDs of the layers that dockerd's graph driver has.
  public var layerChains: Set<Digest>
  /// The IDs of the images that dockerd has, named or not.
  public var imageIDs: Set<Digest>

  /// Makes a node's answer; an empty one stands for a node with nothing.
  public init(
    names: [String: NodeImage] = [:], blobs: Set<Digest> = [], blobsByDiffID: [Digest: NodeBlob] = [:],
    layerChains: Set<Digest> = [], imageIDs: Set<Digest> = []
  ) {
    self.names = names
    self.blobs = blobs
    self.blobsByDiffID = blobsByDiffID
    self.layerChains = layerChains
    self.imageIDs = imageIDs
  }

  /// Whether dockerd's graph has the image, and with it all its layers.
  func graphHas(_ imageID: Digest) -> Bool {
    imageIDs.contains(imageID) || names.values.contains { $0.target == imageID }
  }

  /// What a containerd would have after it loaded the whole archive under the archive's own names.
  public init(of archive: ImageArchive) {
    self.init()
    for image in archive.images {
      let kept = NodeImage(
        target: image.manifest.digest, imageID: image.imageID, complete: true, unpacked: true)
      for name in ImageStore.containerd.names(for: image.references) { names[name.description] = kept }
      blobs.formUnion([image.imageID, image.manifest.digest])
      for layer in image.layers {
        guard let blob = archive.blobs[layer.digest] else { continue }
        blobs.insert(blob.digest)
        blobsByDiffID[layer.diffID] = NodeBlob(
          digest: blob.digest, size: blob.size, mediaType: layer.mediaType)
      }
    }
  }
}

/// What a name points to on a node.
public struct NodeImage: Sendable, Equatable {
  /// In containerd's stores the digest of the manifest or index, in dockerd's graph the image ID.
  public var target: Digest
  /// The digest of the configuration, where the node can say.
  public var imageID: Digest?
  /// Whether all that the image refers to is there.
  public var complete: Bool
  /// Whether its layers are unpacked, so that a container can start at once.
  public var unpacked: Bool

  /// Makes a node's image.
  public init(target: Digest, imageID: Digest?, complete: Bool = true, unpacked: Bool = true) {
    self.target = target
    self.imageID = imageID
    self.complete = complete
    self.unpacked = unpacked
  }
}

/// A layer's blob on a node.
public struct NodeBlob: Sendable, Equatable {
  /// The digest of the blob as the node holds it.
  public var digest: Digest
  /// Bytes, exactly: it goes into a manifest. A blob of which only a rounded size is known (as `ctr content ls`
  /// prints it) must be left out.
  public var size: Int64
  /// Its media type, where the node can say.
  public var mediaType: String?

  /// Makes a node's blob.
  public init(digest: Digest, size: Int64, mediaType: String?) {
    self.digest = digest
    self.size = size
    self.mediaType = mediaType
  }
}
