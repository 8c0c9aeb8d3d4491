import Foundation
import Images

/// What a manifest of either form says an image consists of.
struct ManifestContent: Sendable {
  private struct Document: Decodable {
    struct Descriptor: Decodable { var digest: Digest }
    var config: Descriptor
    var layers: [Descriptor]
  }

  /// The configuration: the image's ID.
  let imageID: Digest
  let layers: [Digest]

  /// nil for an index, and for what is no manifest.
  init?(_ bytes: [UInt8]) {
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else { return nil }
    imageID = document.config.digest
    layers = document.layers.map(\.digest)
  }

  /// Whether it is this image, with layers that unpack to the same: the configuration names those.
  func isSame(as image: ArchivedImage) -> Bool { imageID == image.imageID }
}
