import Documents
import Yams

/// Finds where the parts of a YAML text begin and end.
///
/// The parser tells where each part begins; the ends are found here. What is found is only ever used for an edit whose
/// result is read again and compared, so that a form that this does not know is refused, never damaged.
struct YAMLLocator {
  /// A pair of a mapping or an item of a list.
  struct Place {
    let node: Node
    /// The mapping or list that it is in; nil for the whole document.
    let parent: Node?
    let key: Node?
    let index: Int
    /// Whether some list or mapping around it is in flow style.
    let inFlow: Bool
  }

  let text: YAMLText
  let root: Node?

  /// - Throws: `bad-yaml`, `cannot-edit`.
  init(_ source: String) throws(HelmError) {
    text = try YAMLText(source)
    do {
      root = try Yams.compose(yaml: source, .basic)
    } catch {
      throw HelmError(.badYAML, "the text is no YAML")
    }
  }

  /// The place of a path, and how many steps of the path lead there; the document itself for none.
  func place(_ path: ValuePath) throws(HelmError) -> (place: Place, steps: Int)? {
    guard let root else { return nil }
    var place = Place(node: root, parent: nil, key: nil, index: 0, inFlow: false)
    var steps = 0
    for step in path.steps {
      guard let next = child(of: place, step) else { break }
      guard isHere(next, in: place) else {
        throw HelmError(
          .cannotEdit, "\(path.description.quoted) is shared with another place by an anchor",
          hint: "write the values out where they differ")
      }
      place = next
      steps += 1
    }
    return (place, steps)
  }

  private func child(of place: Place, _ step: ValuePath.Step) -> Place? {
    let inFlow = place.inFlow || isFlow(place.node)
    switch (place.node, step) {
    case (.mapping(let mapping), .key(let name)):
      for (index, pair) in mapping.enumerated() {
        guard case .scalar(let scalar) = pair.key, Self.keyText(scalar) == name else { continue }
        return Place(node: pair.value, parent: place.node, key: pair.key, index: index, inFlow: inFlow)
      }
      return nil
    case (.sequence(let sequence), .index(let index)):
      guard index < sequence.count else { return nil }
      return Place(node: sequence[index], parent: place.node, key: nil, index: index, inFlow: inFlow)
    default: return nil
    }
  }

  /// A key as the tree has it: `1: x` has the key "1" and so has `"1": x`.
  private static func keyText(_ scalar: Node.Scalar) -> String {
    guard scalar.style == .plain else { return scalar.string }
    return YAMLScalar.value(of: scalar.string).keyText ?? scalar.string
  }

  /// By its first character: the parser tells the style of what ends where it should tell that of what begins.
  func isFlow(_ node: Node) -> Bool {
    let start = start(of: node)
    guard start < text.count else { return false }
    switch node {
    case .mapping: return text.scalars[start] == "{"
    case .sequence: return text.scalars[start] == "["
    default: return false
    }
  }

  /// An alias is given the node of its anchor, which stands elsewhere.
  private func isHere(_ place: Place, in parent: Place) -> Bool {
    guard let key = place.key else { return start(of: place.node) >= start(of: parent.node) }
    return start(of: place.node) > start(of: key)
  }

  // MARK: Beginnings and ends

  func start(of node: Node) -> Int { node.mark.map { text.offset($0) } ?? 0 }

  /// Where a node's text ends, without a comment after it.
  func end(of node: Node) throws(HelmError) -> Int {
    let start = start(of: node)
    if start < text.count, "&!*".unicodeScalars.contains(text.scalars[start]), !isEmptyScalar(node) {
      throw HelmError(.cannotEdit, "a value with a YAML anchor, alias or tag is not changed")
    }
    switch node {
    case .scalar(let scalar): return try end(of: scalar, from: start)
    case .mapping(let mapping):
      if isFlow(node) { return try flowEnd(from: start) }
      guard let last = mapping.reversed().first else { return start }
      // An alias as the last value has its text behind the key.
      let keyEnd = try end(of: last.key)
      guard self.start(of: last.value) > self.start(of: last.key) else { return text.lineEnd(of: keyEnd) }
      return max(try end(of: last.value), colon(after: last.key) + 1)
    case .sequence(let sequence):
      if isFlow(node) { return try flowEnd(from: start) }
      guard let last = sequence.last else { return start }
      guard self.start(of: last) >= start else { throw Self.unknownForm }
      return try end(of: last)
    case .alias: throw Self.unknownForm
    }
  }

  static let unknownForm = HelmError(
    .cannotEdit, "the text is in a form of YAML that is read but not changed",
    hint: "make the change by hand, and give the file with --values")

  private func isEmptyScalar(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    return scalar.style == .plain && scalar.string.isEmpty
  }

  private func end(of scalar: Node.Scalar, from start: Int) throws(HelmError) -> Int {
    switch scalar.style {
    case .singleQuoted, .doubleQuoted: return try quotedEnd(from: start)
    case .literal, .folded: return blockEnd(from: start)
    default: return plainEnd(of: scalar.string, from: start)
    }
  }

  func quotedEnd(from start: Int) throws(HelmError) -> Int {
    guard start < text.count else { throw Self.unknownForm }
    let quote = text.scalars[start]
    guard quote == "'" || quote == "\"" else { throw Self.unknownForm }
    var position = start + 1
    while position < text.count {
      let scalar = text.scalars[position]
      if quote == "\"", scalar == "\\" {
        position += 2
        continue
      }
      if scalar == quote {
        guard quote == "'", position + 1 < text.count, text.scalars[position + 1] == "'" else {
          return position + 1
        }
        position += 1
      }
      position += 1
    }
    throw Self.unknownForm
  }

  /// A plain scalar ends where as many characters have come as it has, blanks and breaks left out: the parser folds
  /// those and nothing else.
  private func plainEnd(of string: String, from start: Int) -> Int {
    var rest = string.unicodeScalars.filter { !Self.isBlank($0) }[...]
    var position = start
    var end = start
    while let next = rest.first, position < text.count {
      let scalar = text.scalars[position]
      position += 1
      if Self.isBlank(scalar) { continue }
      // Whatever else stands here was not taken as it is: the edit will be refused.
      guard scalar == next else { return end }
      rest = rest.dropFirst()
      end = position
    }
    return end
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
  }

  /// The content lines of a literal or folded scalar, from its indicator.
  func blockLines(from start: Int) -> (first: Int, indent: Int, end: Int)? {
    var line = text.nextLine(after: start)
    let first = line
    while line < text.count, text.isBlankLine(at: line) { line = text.nextLine(after: line) }
    guard line < text.count else { return nil }
    let indent = text.indentation(ofLineAt: line)
    // A document at the top may hold its content without indentation; that form is not known here.
    guard indent > 0 else { return nil }
    var end = first
    while line < text.count {
      if text.indentation(ofLineAt: line) >= indent {
        end = text.lineEnd(of: line)
      } else if !text.isBlankLine(at: line) {
        break
      }
      line = text.nextLine(after: line)
    }
    return (first, indent, end)
  }

  private func blockEnd(from start: Int) -> Int { blockLines(from: start)?.end ?? text.lineEnd(of: start) }

  /// The end of `{…}` or `[…]`.
  func flowEnd(from start: Int) throws(HelmError) -> Int {
    var depth = 0
    var position = start
    var isTokenStart = true
    while position < text.count {
      let scalar = text.scalars[position]
      switch scalar {
      case "{", "[": depth += 1
      case "}", "]":
        depth -= 1
        if depth == 0 { return position + 1 }
      case "'", "\"":
        if isTokenStart {
          position = try quotedEnd(from: position)
          isTokenStart = false
          continue
        }
      case "#":
        if position > start, Self.isBlank(text.scalars[position - 1]) {
          position = text.lineEnd(of: position)
        }
      default: break
      }
      if position < text.count {
        let now = text.scalars[position]
        isTokenStart = "{[,:".unicodeScalars.contains(now) || (Self.isBlank(now) && isTokenStart)
      }
      position += 1
    }
    throw Self.unknownForm
  }

  /// The colon after a key.
  func colon(after key: Node) -> Int {
    var position = (try? end(of: key)) ?? start(of: key)
    while position < text.count, text.scalars[position] != ":" { position += 1 }
    return position
  }
}
