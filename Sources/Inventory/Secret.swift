/// A text that is never shown: printing, reflecting or encoding it gives `***`.
///
/// Only ``revealed`` gives the text, so that every use of a secret can be found by searching for that word.
public struct Secret: Sendable, Hashable {
  /// What is shown in place of a secret.
  public static let mask = "***"

  /// The text itself. It belongs in no message, log, argument list or report.
  public let revealed: String

  /// Wraps a text.
  public init(_ text: String) { revealed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable, Encodable {
  /// `***`
  public var description: String { Self.mask }
  /// `***`
  public var debugDescription: String { Self.mask }
  /// A mirror without children: `dump` shows `***`.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
  /// Encodes `***`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Self.mask)
  }
}

extension Secret {
  /// Whether a variable of this name is a secret by the look of it: `ansible_become_pass`, `api_token`, ….
  ///
  /// A name that ends in `_file` holds a path, not the secret itself.
  public static func isSecretName(_ name: String) -> Bool {
    let name = name.lowercased()
    if name.hasSuffix("_file") { return false }
    return ["pass", "secret", "token", "private_key", "credential"].contains { name.contains($0) }
  }
}
