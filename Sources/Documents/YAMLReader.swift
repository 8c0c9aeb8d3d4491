import Yams

/// Reads one YAML document into a ``YAMLNode`` within limits.
///
/// A file may come from anywhere, so neither nesting nor aliases may take more than the file itself
/// would: a few lines of aliases of aliases otherwise stand for billions of values.
package struct YAMLReader {
  /// How deep lists and mappings may be nested.
  package static let depthLimit = 64
  /// How many more values than bytes a file may stand for. Without aliases there are never more.
  static let aliasAllowance = 100_000

  private let path: String
  private var budget: Int

  /// Reads a file; nil if it holds no document.
  ///
  /// - Throws: `syntax`, `duplicate-key`, `too-large`, `unsupported`.
  package static func read(_ file: SourceFile) throws(DocumentError) -> YAMLNode? {
    guard !YAMLKeyGuard.mayExplode(file.text) else {
      throw DocumentError(
        .syntax, "aliases inside mapping keys are not supported", file: file.path,
        hint: "write the keys out")
    }
    let root: Node?
    do {
      // The types of scalars are found by YAML 1.1 rules in YAMLScalar, so Yams need not look for them.
      root = try Yams.compose(yaml: file.text, .basic)
    } catch {
      throw YAMLFailure(file, error).documentError
    }
    guard let root else { return nil }
    var reader = YAMLReader(path: file.path, budget: file.text.utf8.count + aliasAllowance)
    return try reader.node(root, depth: 0)
  }

  private mutating func node(_ node: Node, depth: Int) throws(DocumentError) -> YAMLNode {
    let line = node.mark?.line ?? 1
    budget -= 1
    guard budget >= 0 else {
      throw DocumentError(.tooLarge, "aliases expand to too many values", file: path, line: line)
    }
    guard depth <= Self.depthLimit else {
      throw DocumentError(
        .tooLarge, "values are nested more than \(Self.depthLimit) deep", file: path, line: line)
    }
    switch node {
    case .scalar(let scalar):
      return YAMLNode(line: line, content: .scalar(try value(scalar, line: line)))
    case .sequence(let sequence):
      try checkTag(sequence.tag, line: line)
      var items: [YAMLNode] = []
      for item in sequence { items.append(try self.node(item, depth: depth + 1)) }
      return YAMLNode(line: line, content: .sequence(items))
    case .mapping(let mapping):
      try checkTag(mapping.tag, line: line)
      return YAMLNode(line: line, content: .mapping(try pairs(mapping, depth: depth)))
    case .alias:
      // The parser follows aliases itself; such a node is only made by hand.
      throw DocumentError(.syntax, "an alias without an anchor", file: path, line: line)
    }
  }

  // MARK: Mappings

  private mutating func pairs(_ mapping: Node.Mapping, depth: Int) throws(DocumentError) -> [YAMLNode.Pair] {
    var merged: [YAMLNode.Pair] = []
    var own: [YAMLNode.Pair] = []
    for (keyNode, valueNode) in mapping {
      guard case .scalar(let scalar) = keyNode else {
        throw DocumentError(
          .syntax, "a mapping key must be a single value", file: path, line: keyNode.mark?.line,
          hint: "put text that begins with { or [ in quotes")
      }
      let line = scalar.mark?.line ?? 1
      let value = try node(valueNode, depth: depth + 1)
      if scalar.style == .plain, scalar.string == "<<" {
        merged += try mergedPairs(value)
        continue
      }
      let key = try self.value(scalar, line: line, isKey: true)
      guard key.keyText != nil else {
        throw DocumentError(.syntax, "a mapping key cannot be encrypted", file: path, line: line)
      }
      own.append(YAMLNode.Pair(key: key, line: line, value: value))
    }
    return try combined(merged, own)
  }

  /// Pairs of `<<` come first and give way to the mapping's own (YAML 1.1: merge keys).
  private func combined(
    _ merged: [YAMLNode.Pair], _ own: [YAMLNode.Pair]
  ) throws(DocumentError) -> [YAMLNode.Pair] {
    var pairs: [YAMLNode.Pair] = []
    var positions: [String: Int] = [:]
    for pair in merged {
      if let position = positions[pair.name] {
        pairs[position] = pair
      } else {
        positions[pair.name] = pairs.count
        pairs.append(pair)
      }
    }
    var seen: Set<String> = []
    for pair in own {
      guard seen.insert(pair.name).inserted else {
        throw DocumentError(
          .duplicateKey, "the key \(pair.name.quoted) is there twice", file: path, line: pair.line)
      }
      if let position = positions[pair.name] {
        pairs[position] = pair
      } else {
        pairs.append(pair)
      }
    }
    return pairs
  }

  /// The pairs of a merged mapping, or of a list of them, in which earlier ones win.
  private func mergedPairs(_ node: YAMLNode) throws(DocumentError) -> [YAMLNode.Pair] {
    if let pairs = node.mapping { return pairs }
    guard case .sequence(let items) = node.content, items.allSatisfy({ $0.mapping != nil }) else {
      throw DocumentError(.syntax, "<< needs a mapping or a list of mappings", file: path, line: node.line)
    }
    return items.reversed().flatMap { $0.mapping ?? [] }
  }

  // MARK: Tags

  private func value(
    _ scalar: Node.Scalar, line: Int, isKey: Bool = false
  ) throws(DocumentError) -> Value {
    let name = scalar.tag.rawValue
    switch name {
    case "!vault", "!vault-encrypted": return .vault
    case "!unsafe": return YAMLScalar.value(of: scalar.string)
    case "!": return .string(scalar.string)
    case "", "tag:yaml.org,2002:str":
      // Only plain scalars have a type by their text. Yams writes the str tag on keys that have none.
      let hasType = scalar.style == .plain && (isKey || name.isEmpty)
      return hasType ? YAMLScalar.value(of: scalar.string) : .string(scalar.string)
    case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
      "tag:yaml.org,2002:null":
      return YAMLScalar.value(of: scalar.string)
    default:
      throw unsupportedTag(name, line)
    }
  }

  private func checkTag(_ tag: Tag, line: Int) throws(DocumentError) {
    let supported = ["", "!", "!unsafe", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]
    guard supported.contains(tag.rawValue) else { throw unsupportedTag(tag.rawValue, line) }
  }

  private func unsupportedTag(_ name: String, _ line: Int) -> DocumentError {
    DocumentError(
      .unsupported, "the YAML tag \(name.quoted) is not supported", file: path, line: line,
      hint: "gantry reads plain values, !unsafe and !vault")
  }
}
