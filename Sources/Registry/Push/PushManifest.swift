import Images

/// The manifest that an image gets in a registry: its own where the archive has one, else the one that skopeo makes of
/// a docker-archive (Image Manifest Version 2, Schema 2), byte for byte the same for the same layers.
struct PushManifest: Sendable, Equatable {
  let bytes: [UInt8]
  let mediaType: String

  var digest: Digest { Digest(of: bytes) }

  init(_ image: ArchivedImage) {
    // Schema 2 has no word for zstd.
    if image.manifest.isOriginal || image.layers.contains(where: { $0.compression == .zstd }) {
      bytes = image.manifest.bytes
      mediaType = image.manifest.mediaType
      return
    }
    mediaType = "application/vnd.docker.distribution.manifest.v2+json"
    let config = Self.descriptor(
      "application/vnd.docker.container.image.v1+json", Int64(image.config.count), image.imageID)
    let layers = image.layers.map { layer in
      let suffix = layer.compression == .gzip ? ".gzip" : ""
      return Self.descriptor(
        "application/vnd.docker.image.rootfs.diff.tar" + suffix, layer.size, layer.digest)
    }
    bytes = Array(
      #"{"schemaVersion":2,"mediaType":"\#(mediaType)","config":\#(config),"layers":[\#(layers.joined(separator: ","))]}"#
        .utf8)
  }

  private static func descriptor(_ type: String, _ size: Int64, _ digest: Digest) -> String {
    #"{"mediaType":"\#(type)","size":\#(size),"digest":"\#(digest)"}"#
  }
}
