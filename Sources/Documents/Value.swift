/// The value of a variable, as Ansible sees it: YAML 1.1 types in YAML files, Python literals in INI files.
public enum Value: Sendable, Hashable {
  /// Nothing: `null`, `~` or an empty YAML value, `None` in INI.
  case null
  /// A boolean; in YAML also `yes`, `no`, `on` and `off`.
  case bool(Bool)
  /// A whole number of 64 bits. A larger one is kept as a string.
  case int(Int)
  /// A floating point number.
  case double(Double)
  /// A text, Jinja expressions included: nothing is templated.
  case string(String)
  /// A list.
  case array([Value])
  /// A mapping, in the order of the file.
  case object([Member])
  /// A value encrypted with ansible-vault. It cannot be read, which matters only if it is needed.
  case vault

  /// One pair of an ``object(_:)``.
  public struct Member: Sendable, Hashable {
    /// The key; what is no string in the file is written as JSON writes it.
    public let key: String
    /// The value.
    public let value: Value
    /// Makes a pair.
    public init(_ key: String, _ value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// Whether this is a text with a Jinja expression or statement in it.
  public var isTemplate: Bool {
    guard case .string(let text) = self else { return false }
    return text.contains("{{") || text.contains("{%")
  }

  /// What kind of value this is, for messages.
  package var kind: String {
    switch self {
    case .null: "nothing"
    case .bool: "a boolean"
    case .int: "a whole number"
    case .double: "a number"
    case .string: "text"
    case .array: "a list"
    case .object: "a mapping"
    case .vault: "an encrypted value"
    }
  }

  /// The key this scalar makes in JSON; nil for lists and mappings.
  package var keyText: String? {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .double(let value): String(value)
    case .string(let value): value
    case .array, .object, .vault: nil
    }
  }
}

extension Value: Encodable {
  /// Encodes the JSON value; a vault value becomes `***`, and infinity or not-a-number its YAML text.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let members):
      var container = encoder.container(keyedBy: MemberKey.self)
      for member in members { try container.encode(member.value, forKey: MemberKey(member.key)) }
    case .array(let items):
      var container = encoder.unkeyedContainer()
      for item in items { try container.encode(item) }
    default:
      var container = encoder.singleValueContainer()
      switch self {
      case .bool(let value): try container.encode(value)
      case .int(let value): try container.encode(value)
      case .double(let value) where value.isFinite: try container.encode(value)
      // JSON has no words for these.
      case .double(let value): try container.encode(value.isNaN ? ".nan" : value < 0 ? "-.inf" : ".inf")
      case .string(let value): try container.encode(value)
      case .vault: try container.encode("***")
      case .null, .array, .object: try container.encodeNil()
      }
    }
  }
}

/// A JSON key that is not known beforehand.
package struct MemberKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }
  package init(_ name: String) { stringValue = name }
  package init?(stringValue: String) { self.init(stringValue) }
  package init?(intValue: Int) { nil }
}
