/// A YAML tree with aliases followed, merge keys applied and scalars resolved, each part with its line.
package struct YAMLNode: Sendable {
  package indirect enum Content: Sendable {
    case scalar(Value)
    case sequence([YAMLNode])
    case mapping([Pair])
  }

  /// One pair of a mapping.
  package struct Pair: Sendable {
    /// The key.
    package let key: Value
    /// The line of the key, from 1.
    package let line: Int
    package let value: YAMLNode

    /// The key as JSON would write it.
    package var name: String { key.keyText ?? "" }

    package init(key: Value, line: Int, value: YAMLNode) {
      self.key = key
      self.line = line
      self.value = value
    }
  }

  /// The line, from 1.
  package let line: Int
  package let content: Content

  package init(line: Int, content: Content) {
    self.line = line
    self.content = content
  }

  /// The pairs of a mapping; nil for anything else.
  package var mapping: [Pair]? {
    guard case .mapping(let pairs) = content else { return nil }
    return pairs
  }

  /// Whether this is an empty value.
  package var isNull: Bool {
    guard case .scalar(.null) = content else { return false }
    return true
  }

  /// This part as the value of a variable.
  package var value: Value {
    switch content {
    case .scalar(let value): value
    case .sequence(let items): .array(items.map(\.value))
    case .mapping(let pairs): .object(pairs.map { Value.Member($0.name, $0.value.value) })
    }
  }
}
