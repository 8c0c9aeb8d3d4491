/// One image of an archive, for one platform.
public struct ArchivedImage: Sendable, Equatable {
  /// The names that the archive gives it, each with a tag or a digest; may be empty.
  public internal(set) var references: [ImageReference]
  /// The digest of the configuration: the image's ID everywhere but in Docker's containerd store.
  public let imageID: Digest
  /// The configuration as it is in the archive, at most 4 MiB.
  public let config: [UInt8]
  /// What the image runs on, from its configuration.
  public let platform: Platform
  /// The layers, the base first.
  public let layers: [Layer]
  /// The archive's own manifest, or one made from the configuration and the layers where it has none.
  public let manifest: ImageManifest

  /// A layer of an image.
  public struct Layer: Sendable, Hashable {
    /// The digest of the uncompressed layer.
    public let diffID: Digest
    /// The digest of this layer with all below it (OCI Image Specification, "Layer ChainID").
    public let chainID: Digest
    /// The digest of the blob as it lies in the archive.
    public let digest: Digest
    /// Bytes of the blob; 0 where the archive lacks it and does not say.
    public let size: Int64
    /// How the blob is compressed, told by its content; by its media type where the archive lacks it.
    public let compression: Compression
    /// The media type that the manifest gives, or that the content suggests.
    public let mediaType: String
  }

  /// The first name, or the short ID: what the image is called in messages.
  public var title: String { references.first?.description ?? "image \(imageID.short)" }

  /// The chain IDs of layers with these diff IDs, the base first.
  public static func chainIDs(_ diffIDs: [Digest]) -> [Digest] {
    var chains: [Digest] = []
    for diffID in diffIDs {
      chains.append(chains.last.map { Digest(of: Array("\($0) \(diffID)".utf8)) } ?? diffID)
    }
    return chains
  }
}

/// The bytes of an image manifest.
public struct ImageManifest: Sendable, Equatable {
  /// The document as it is stored and hashed.
  public let bytes: [UInt8]
  /// The digest of the document: what a name points to in containerd.
  public let digest: Digest
  /// The document's media type.
  public let mediaType: String
  /// Whether the archive holds it; otherwise it was made here, always the same for the same content.
  public let isOriginal: Bool

  init(bytes: [UInt8], mediaType: String, isOriginal: Bool) {
    self.bytes = bytes
    digest = Digest(of: bytes)
    self.mediaType = mediaType
    self.isOriginal = isOriginal
  }
}

/// The content of a layer, in place in the archive.
public struct Blob: Sendable, Hashable {
  /// The digest that it should have; ``ImageArchive/verify(deep:progress:)`` checks it.
  public let digest: Digest
  /// Bytes.
  public let size: Int64
  /// Where it begins, in the coordinates of the archive's source.
  public let offset: Int64
  /// How it is compressed, told by its first bytes.
  public let compression: Compression
}
