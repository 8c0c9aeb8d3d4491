/// What would travel to a node that has one archive's images when another is loaded.
public struct ArchiveDiff: Sendable {
  public enum Status: String, Sendable {
    case same
    /// The name is in both, for different images.
    case changed
    case new
  }

  public struct Image: Sendable {
    public let reference: String
    public let status: Status
    /// Bytes of its layers that the old archive lacks; a layer counts for the first image that needs it.
    public let bytesToSend: Int64
  }

  public let images: [Image]
  /// Bytes of blobs.
  public let bytesToSend: Int64
  public let bytesTotal: Int64

  public init(from old: ImageArchive, to new: ImageArchive) {
    let before = Dictionary(
      old.images.flatMap { image in image.references.map { ($0, image.imageID) } }
    ) { first, _ in first }
    let known = Set(old.images.map(\.imageID))
    var have = Set(old.blobs.keys)
    var images: [Image] = []
    for image in new.images {
      var bytes: Int64 =
        known.contains(image.imageID) ? 0 : Int64(image.config.count + image.manifest.bytes.count)
      for layer in image.layers where have.insert(layer.digest).inserted { bytes += layer.size }
      let names = image.references.isEmpty ? [image.title] : image.references.map(\.description)
      for (index, name) in names.enumerated() {
        let id = index < image.references.count ? before[image.references[index]] : nil
        let status: Status =
          id == image.imageID || known.contains(image.imageID) ? .same : id == nil ? .new : .changed
        images.append(Image(reference: name, status: status, bytesToSend: index == 0 ? bytes : 0))
      }
    }
    self.images = images
    bytesToSend = images.reduce(0) { $0 + $1.bytesToSend }
    bytesTotal = new.totalBytes
  }
}
