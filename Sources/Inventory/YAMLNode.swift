/// A YAML tree with aliases followed, merge keys applied and scalars resolved, each part with its line.
struct YAMLNode {
  indirect enum Content {
    case scalar(Value)
    case sequence([YAMLNode])
    case mapping([Pair])
  }

  /// One pair of a mapping.
  struct Pair {
    /// The key.
    let key: Value
    /// The line of the key, from 1.
    let line: Int
    let value: YAMLNode

    /// The key as JSON would write it.
    var name: String { key.keyText ?? "" }
  }

  /// The line, from 1.
  let line: Int
  let content: Content

  /// The pairs of a mapping; nil for anything else.
  var mapping: [Pair]? {
    guard case .mapping(let pairs) = content else { return nil }
    return pairs
  }

  /// Whether this is an empty value.
  var isNull: Bool {
    guard case .scalar(.null) = content else { return false }
    return true
  }

  /// This part as the value of a variable.
  var value: Value {
    switch content {
    case .scalar(let value): value
    case .sequence(let items): .array(items.map(\.value))
    case .mapping(let pairs): .object(pairs.map { Value.Member($0.name, $0.value.value) })
    }
  }
}
