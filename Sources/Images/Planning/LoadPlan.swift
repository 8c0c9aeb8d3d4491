/// What it takes to give a node every wanted image under every wanted name.
public struct LoadPlan: Sendable {
  /// One image and what the node lacks of it.
  public struct Image: Sendable {
    public enum Status: Sendable, Hashable {
      /// Complete and unpacked under every wanted name.
      case present
      /// Its content is there; names are missing or point elsewhere, or it is not unpacked.
      case namesOnly
      /// Layers have to travel.
      case needsBlobs
    }

    public let image: ArchivedImage
    /// The names it shall have in this store.
    public let names: [ImageReference]
    /// Those of them that are missing, incomplete, or point at another image.
    public let missing: [ImageReference]
    /// Names that point at another image, with what they point at: moving one is a change, and is told.
    public let stale: [ImageReference: NodeImage]
    public let status: Status
  }

  /// Images that go in one import. What it brought stays when a later one fails.
  public struct Batch: Sendable {
    public let archive: ArchivePlan
    /// Blobs were left out because the node has them.
    public let isPartial: Bool
    public let images: [Digest]
  }

  public let images: [Image]
  /// In the order in which to send them: a later one leaves out what an earlier one carried.
  public let batches: [Batch]
  /// Bytes that travel: all archives.
  public let bytesToSend: Int64
  /// Bytes of blobs among them.
  public let blobBytesToSend: Int64

  init(images: [Image], batches: [Batch]) {
    self.images = images
    self.batches = batches
    bytesToSend = batches.reduce(0) { $0 + $1.archive.length }
    blobBytesToSend = batches.reduce(0) { $0 + $1.archive.blobBytes }
  }
}
