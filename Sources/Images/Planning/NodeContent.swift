/// What a node said it has, of what it was asked about.
public struct NodeContent: Sendable, Equatable {
  /// Full name → the image under it.
  public var names: [String: NodeImage] = [:]
  /// Blobs of the content store.
  public var blobs: Set<Digest> = []
  /// Layers that the content store holds under another digest: diff ID → the blob.
  public var blobsByDiffID: [Digest: NodeBlob] = [:]
  /// Chain IDs that dockerd's graph driver has.
  public var layerChains: Set<Digest> = []

  public init() {}

  /// Adds the chains of an image's layers, from its base up.
  public mutating func addChain(ofDiffIDs diffIDs: [Digest]) {
    layerChains.formUnion(ArchivedImage.chainIDs(diffIDs))
  }
}

/// The image under a name on a node.
public struct NodeImage: Sendable, Hashable {
  /// What the name points at: a manifest or an index in a content store, the image ID with a graph driver.
  public var target: Digest
  /// The digest of the image's configuration, where the node could tell it.
  public var imageID: Digest?
  /// All of its content is there.
  public var isComplete: Bool
  /// Its layers are unpacked into snapshots.
  public var isUnpacked: Bool

  public init(target: Digest, imageID: Digest?, isComplete: Bool, isUnpacked: Bool) {
    self.target = target
    self.imageID = imageID
    self.isComplete = isComplete
    self.isUnpacked = isUnpacked
  }
}

/// A blob that a node has.
public struct NodeBlob: Sendable, Hashable {
  public var digest: Digest
  /// Bytes.
  public var size: Int64
  public var compression: Compression

  /// - Parameter head: the blob's first bytes, at least 4 where it has them.
  public init(digest: Digest, size: Int64, head: [UInt8]) {
    self.digest = digest
    self.size = size
    compression = Compression(head: head)
  }
}
