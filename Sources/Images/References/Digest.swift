import Crypto

/// A sha256 digest: what names a blob, a configuration, a manifest or a chain of layers.
///
/// Only sha256 is accepted (OCI Image Specification, descriptor, "digest"): neither containerd nor dockerd
/// write images under another algorithm. The 32 bytes are held in place, so that sets of digests for hundreds
/// of nodes cost little.
public struct Digest: Hashable, Sendable {
  let words: (UInt64, UInt64, UInt64, UInt64)

  /// Reads `sha256:` and 64 lower-case hexadecimal digits; throws `bad-digest` for anything else.
  public init(_ text: some StringProtocol) throws(ImageError) {
    guard text.hasPrefix("sha256:"), let digest = Digest(hex: text.dropFirst(7)) else {
      throw ImageError(.badDigest, "not a sha256 digest: \(ImageError.shown(String(text)))")
    }
    self = digest
  }

  /// Reads exactly 64 lower-case hexadecimal digits; nil for anything else.
  public init?(hex: some StringProtocol) {
    var values: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var count = 0
    for byte in hex.utf8 {
      guard let nibble = Self.nibble(byte), count < 64 else { return nil }
      switch count / 16 {
      case 0: values.0 = values.0 << 4 | nibble
      case 1: values.1 = values.1 << 4 | nibble
      case 2: values.2 = values.2 << 4 | nibble
      default: values.3 = values.3 << 4 | nibble
      }
      count += 1
    }
    guard count == 64 else { return nil }
    words = values
  }

  /// The digest of the bytes.
  public init(of bytes: [UInt8]) {
    var hasher = SHA256()
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    self.init(hasher.finalize())
  }

  init(_ digest: SHA256Digest) {
    words = digest.withUnsafeBytes { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
      )
    }
  }

  /// The 64 lower-case hexadecimal digits.
  public var hex: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64)
    for word in [words.0, words.1, words.2, words.3] {
      for shift in stride(from: 60, through: 0, by: -4) {
        let nibble = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
        bytes.append(nibble < 10 ? 48 + nibble : 87 + nibble)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The first 12 digits, as docker prints image IDs.
  public var short: String { String(hex.prefix(12)) }

  /// Whether both digests are the same.
  public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

  /// Feeds one word only: the words of a digest are evenly spread already.
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  private static func nibble(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 48...57: UInt64(byte - 48)
    case 97...102: UInt64(byte - 87)
    default: nil
    }
  }
}

extension Digest: CustomStringConvertible, Comparable {
  /// `sha256:` and the digits.
  public var description: String { "sha256:" + hex }

  /// The order of the digits.
  public static func < (left: Self, right: Self) -> Bool { left.words < right.words }
}

extension Digest: Codable {
  /// Reads the `sha256:…` form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    try self.init(container.decode(String.self))
  }

  /// Writes the `sha256:…` form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
