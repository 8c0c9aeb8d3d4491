import Documents

/// A part of a JSON Schema (draft 2020-12), made by the same descriptions that read a playbook.
struct Schema: Sendable {
  private(set) var members: [Value.Member]

  init(_ members: [(String, Value)] = []) { self.members = members.map { Value.Member($0.0, $0.1) } }

  var value: Value { .object(members) }

  static func type(_ name: String) -> Schema { Schema([("type", .string(name))]) }

  static func anyOf(_ parts: [Schema]) -> Schema { Schema([("anyOf", .array(parts.map(\.value)))]) }

  static func reference(_ name: String) -> Schema { Schema([("$ref", .string("#/$defs/\(name)"))]) }

  /// With one more keyword.
  func with(_ key: String, _ value: Value?) -> Schema {
    guard let value else { return self }
    var schema = self
    schema.members.removeAll { $0.key == key }
    schema.members.append(Value.Member(key, value))
    return schema
  }

  /// This, or a text that a variable fills.
  var orTemplate: Schema { .anyOf([self, .reference(Self.templateName)]) }

  static let templateName = "template"
  /// A text that is nothing but one variable: the only one that may become something else than text.
  static let template = Schema.type("string").with("pattern", .string(#"^\s*\$\{\{.*\}\}\s*$"#))
    .with("description", .string("The value of a variable: ${{ name }}"))
}

extension Schema {
  /// With every keyword of another one.
  func merging(_ other: Schema) -> Schema {
    var schema = self
    for member in other.members { schema = schema.with(member.key, member.value) }
    return schema
  }
}
