/// What an image runs on (OCI Image Index Specification, "platform"): `linux/amd64`, `linux/arm/v7`.
public struct Platform: Hashable, Sendable, CustomStringConvertible {
  /// The operating system, in Go's words: `linux`.
  public let os: String
  /// The processor, in Go's words: `amd64`.
  public let architecture: String
  /// A variant of the processor, such as `v7`, where it has one.
  public let variant: String?

  /// The platform that is taken where an image has several and nobody said which.
  public static let usual = Platform(os: "linux", architecture: "amd64", variant: nil)

  /// Makes a platform from its parts; an empty variant is none.
  public init(os: String, architecture: String, variant: String?) {
    self.os = os
    self.architecture = architecture
    self.variant = variant == "" ? nil : variant
  }

  /// Reads `os/architecture` or `os/architecture/variant`; throws `bad-platform`.
  public init(_ text: String) throws(ImageError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let plain = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: ".") }
    }
    guard plain, parts.count == 2 || parts.count == 3 else {
      throw ImageError(
        .badPlatform, "not a platform: \(ImageError.shown(text))", hint: "write it as linux/amd64")
    }
    self.init(
      os: String(parts[0]), architecture: String(parts[1]), variant: parts.count == 3 ? String(parts[2]) : nil
    )
  }

  /// `os/architecture[/variant]`.
  public var description: String {
    os + "/" + architecture + (variant.map { "/" + $0 } ?? "")
  }

  /// Whether an image for `other` is meant when this one is asked for: a variant counts only when it is given.
  public func accepts(_ other: Platform) -> Bool {
    os == other.os && architecture == other.architecture && (variant == nil || variant == other.variant)
  }
}

/// A letter, digit, underscore or hyphen of ASCII.
func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
  default: false
  }
}
