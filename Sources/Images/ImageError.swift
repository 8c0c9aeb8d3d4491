/// Why an image bundle could not be read, renamed, planned or written.
public struct ImageError: Error, Sendable, Equatable {
  /// What decisions are made on; the message is for people only.
  public let code: Code
  /// One clear line: lower case, no full stop, and safe to print.
  public let message: String
  /// What to do about it, where something can be done.
  public let hint: String?

  /// Makes an error. Text that comes from an archive or a person goes through ``shown(_:)`` first.
  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// The kind of a failure, as it stands in reports; more may be added, so it is no enumeration.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code as scripts see it, such as `corrupt-bundle`.
    public let rawValue: String
    /// Makes a code from the word that scripts see.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The same as ``rawValue``.
    public var description: String { rawValue }
  }

  /// Hostile or long text made fit for one line of a message: control characters escaped, clipped.
  public static func shown(_ text: String, limit: Int = 160) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit { return result + "…" }
      count += 1
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension ImageError: CustomStringConvertible {
  /// The message, as it is printed after the name of the command.
  public var description: String { message }
}

extension ImageError.Code {
  /// The path names nothing that can be opened.
  public static let bundleNotFound = Self(rawValue: "bundle-not-found")
  /// Reading failed on this machine (permission, I/O).
  public static let readFailed = Self(rawValue: "read-failed")
  /// The content contradicts itself or is damaged.
  public static let corruptBundle = Self(rawValue: "corrupt-bundle")
  /// Content does not have the digest that it should have.
  public static let digestMismatch = Self(rawValue: "digest-mismatch")
  /// The content ends too early.
  public static let truncatedArchive = Self(rawValue: "truncated-archive")
  /// A name is not an image reference.
  public static let badReference = Self(rawValue: "bad-reference")
  /// A text is not a sha256 digest.
  public static let badDigest = Self(rawValue: "bad-digest")
  /// A manifest names a layer that the archive does not hold.
  public static let missingLayer = Self(rawValue: "missing-layer")
  /// A member's name or link would leave the archive.
  public static let unsafePath = Self(rawValue: "unsafe-path")
  /// Not a form of archive, image or layer that is handled here.
  public static let unsupportedArchive = Self(rawValue: "unsupported-archive")
  /// A limit that guards memory or time was passed.
  public static let tooLarge = Self(rawValue: "too-large")
  /// A renaming rule is wrong, or gives two images one name.
  public static let badRetag = Self(rawValue: "bad-retag")
  /// The bundle holds no images.
  public static let noImages = Self(rawValue: "no-images")
  /// An image has no name, and no rule gives it one.
  public static let unnamedImage = Self(rawValue: "unnamed-image")
  /// An image is not there for the platform that was asked for, or it is unclear which is meant.
  public static let badPlatform = Self(rawValue: "bad-platform")
  /// A file is asked for that the bundle's chart does not have.
  public static let fileNotFound = Self(rawValue: "file-not-found")
  /// The task was cancelled.
  public static let cancelled = Self(rawValue: "cancelled")
}
