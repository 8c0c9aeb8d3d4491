/// How bytes are compressed, told by their first bytes and never by a name.
public enum Compression: String, Sendable, Hashable {
  /// Not compressed by anything that is known here.
  case none
  /// gzip (RFC 1952).
  case gzip
  /// Zstandard (RFC 8878).
  case zstd

  /// How many bytes ``init(head:)`` looks at.
  static let headSize = 4

  /// Tells the compression by the magic numbers of the two RFCs; skippable Zstandard frames may come first.
  init(head: some Collection<UInt8>) {
    let bytes = Array(head.prefix(Self.headSize))
    if bytes.count >= 3, bytes[0] == 0x1f, bytes[1] == 0x8b, bytes[2] == 8 {
      self = .gzip
    } else if bytes == [0x28, 0xb5, 0x2f, 0xfd] {
      self = .zstd
    } else if bytes.count == 4, bytes[0] & 0xf0 == 0x50, bytes[1...] == [0x2a, 0x4d, 0x18] {
      self = .zstd
    } else {
      self = .none
    }
  }

  /// The media type of a layer (OCI Image Specification, "Layer"; zstd since 1.1).
  var layerMediaType: String {
    switch self {
    case .none: "application/vnd.oci.image.layer.v1.tar"
    case .gzip: "application/vnd.oci.image.layer.v1.tar+gzip"
    case .zstd: "application/vnd.oci.image.layer.v1.tar+zstd"
    }
  }

  /// What a layer's file is called in a docker-archive.
  var layerSuffix: String {
    switch self {
    case .none: ".tar"
    case .gzip: ".tar.gz"
    case .zstd: ".tar.zst"
    }
  }
}
