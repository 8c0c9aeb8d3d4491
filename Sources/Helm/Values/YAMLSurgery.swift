import Documents
import Yams

/// The edits of ``ValuesEditor`` as new texts, not yet proven.
struct YAMLSurgery {
  let locator: YAMLLocator
  private var text: YAMLText { locator.text }

  init(locator: YAMLLocator) { self.locator = locator }

  // MARK: Setting

  func setting(_ path: ValuePath, to value: Value) throws(HelmError) -> String {
    guard let (place, steps) = try locator.place(path) else {
      return appended(Value.null.setting(path.steps[...], to: value) ?? .null)
    }
    if steps == path.steps.count { return try replaced(place, with: value) }
    guard case .key(let name) = path.steps[steps],
      let nested = Value.null.setting(path.steps[(steps + 1)...], to: value)
    else { throw YAMLLocator.unknownForm }
    return try inserted(name, nested, into: place)
  }

  /// For a text that holds nothing, or comments alone.
  private func appended(_ tree: Value) -> String {
    let whole = text.string(0..<text.count)
    let gap = whole.isEmpty || text.scalars.last == "\n" ? "" : text.lineBreak
    return whole + gap + joined(YAMLWriter.lines(tree, indent: 0)) + text.lineBreak
  }

  private func joined(_ lines: [String]) -> String { lines.joined(separator: text.lineBreak) }

  private func replaced(_ place: YAMLLocator.Place, with value: Value) throws(HelmError) -> String {
    let start = locator.start(of: place.node)
    if case .scalar(let scalar) = place.node, !isEmpty(scalar), !value.isCollection {
      let end = try locator.end(of: place.node)
      if scalar.style == .literal || scalar.style == .folded {
        return blockScalar(scalar, start..<end, with: value)
      }
      guard let new = ScalarText.of(value, like: scalar.style, inFlow: place.inFlow) else {
        throw YAMLLocator.unknownForm
      }
      return text.replacing(start..<end, with: new)
    }
    if place.inFlow {
      if case .scalar(let scalar) = place.node, isEmpty(scalar) { throw YAMLLocator.unknownForm }
      return text.replacing(
        start..<(try locator.end(of: place.node)), with: YAMLWriter.inline(value, inFlow: true))
    }
    guard let key = place.key else {
      // A whole document of nothing, or an item of a list.
      guard place.parent == nil, case .scalar = place.node else { throw YAMLLocator.unknownForm }
      return text.replacing(
        start..<(try locator.end(of: place.node)), with: joined(YAMLWriter.lines(value, indent: 0)))
    }
    let colon = locator.colon(after: key)
    let end = try isEmptyNode(place.node) ? colon + 1 : locator.end(of: place.node)
    return text.replacing((colon + 1)..<end, with: afterColon(value, keyAt: locator.start(of: key)))
  }

  /// What follows a block mapping's key and colon.
  private func afterColon(_ value: Value, keyAt start: Int) -> String {
    var lines = YAMLWriter.entry("k", value, indent: text.column(of: start))
    lines[0] = String(lines[0].drop { $0 != ":" }.dropFirst())
    return joined(lines)
  }

  /// A literal or folded scalar keeps its form where the new text has a place in it.
  private func blockScalar(_ scalar: Node.Scalar, _ range: Range<Int>, with value: Value) -> String {
    let header = text.string(range.lowerBound..<text.lineEnd(of: range.lowerBound))
    let sign = header.prefix { $0 != "#" && $0 != " " }
    if case .string(let new) = value, let lines = locator.blockLines(from: range.lowerBound),
      !sign.contains(where: { $0.isASCIIDigit || $0 == "+" })
    {
      var body = new[...]
      let clips = !sign.contains("-")
      if clips, body.hasSuffix("\n") { body.removeLast() }
      let parts = body.split(separator: "\n", omittingEmptySubsequences: false)
      let keepsForm =
        clips == new.hasSuffix("\n") && (scalar.style == .literal || parts.count == 1)
        && parts.allSatisfy { !$0.isEmpty && $0.first != " " && ScalarText.isSingleLine(String($0)) }
      if keepsForm {
        let blanks = String(repeating: " ", count: lines.indent)
        return text.replacing(lines.first..<lines.end, with: joined(parts.map { blanks + $0 }))
      }
    }
    return text.replacing(range, with: ScalarText.of(value, like: .doubleQuoted, inFlow: false) ?? "null")
  }

  private func isEmpty(_ scalar: Node.Scalar) -> Bool { scalar.style == .plain && scalar.string.isEmpty }

  private func isEmptyNode(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    return isEmpty(scalar)
  }

  private func inserted(
    _ name: String, _ value: Value, into place: YAMLLocator.Place
  ) throws(HelmError) -> String {
    let pair = Value.object([Value.Member(name, value)])
    guard case .mapping(let mapping) = place.node else { return try replaced(place, with: pair) }
    if locator.isFlow(place.node) {
      if mapping.isEmpty, !place.inFlow, place.key != nil { return try replaced(place, with: pair) }
      let start = locator.start(of: place.node)
      var end = try locator.end(of: place.node) - 1
      while end > start + 1, " \t\r\n".unicodeScalars.contains(text.scalars[end - 1]) { end -= 1 }
      let inner = YAMLWriter.inline(pair, inFlow: true).dropFirst().dropLast()
      let comma = mapping.isEmpty ? "" : text.scalars[end - 1] == "," ? " " : ", "
      return text.replacing(end..<end, with: comma + inner)
    }
    guard let first = mapping.first else { throw YAMLLocator.unknownForm }
    let indent = text.column(of: locator.start(of: first.key))
    let end = text.lineEnd(of: try locator.end(of: place.node))
    return text.replacing(
      end..<end, with: text.lineBreak + joined(YAMLWriter.entry(name, value, indent: indent)))
  }

  // MARK: Renaming and deleting

  func renaming(_ path: ValuePath, to name: String) throws(HelmError) -> String {
    guard let (place, steps) = try locator.place(path), steps == path.steps.count, let key = place.key,
      case .scalar(let scalar) = key
    else { throw YAMLLocator.unknownForm }
    return text.replacing(
      locator.start(of: key)..<(try locator.end(of: key)),
      with: ScalarText.of(name, like: scalar.style, inFlow: place.inFlow))
  }

  func deleting(_ path: ValuePath) throws(HelmError) -> String {
    let above = ValuePath(Array(path.steps.dropLast()))
    guard let (place, steps) = try locator.place(path), steps == path.steps.count,
      let (parent, _) = try locator.place(above)
    else { throw YAMLLocator.unknownForm }
    switch parent.node {
    case .mapping(let mapping):
      let pairs = Array(mapping)
      if pairs.count == 1 { return try emptied(parent, with: .object([])) }
      guard let key = place.key else { throw YAMLLocator.unknownForm }
      let parts = pairs.map { (start: locator.start(of: $0.key), node: $0.value) }
      let end = try isEmptyNode(place.node) ? locator.colon(after: key) + 1 : locator.end(of: place.node)
      return try removed(place.index, of: parts, end: end, isFlow: locator.isFlow(parent.node))
    case .sequence(let sequence):
      let items = Array(sequence)
      if items.count == 1 { return try emptied(parent, with: .array([])) }
      let parts = items.map { (start: locator.start(of: $0), node: $0) }
      return try removed(
        place.index, of: parts, end: try locator.end(of: place.node), isFlow: locator.isFlow(parent.node))
    default: throw YAMLLocator.unknownForm
    }
  }

  private func emptied(_ place: YAMLLocator.Place, with value: Value) throws(HelmError) -> String {
    if place.key != nil { return try replaced(place, with: value) }
    let range = locator.start(of: place.node)..<(try locator.end(of: place.node))
    return text.replacing(range, with: YAMLWriter.inline(value))
  }

  private func removed(
    _ index: Int, of parts: [(start: Int, node: Node)], end: Int, isFlow: Bool
  ) throws(HelmError) -> String {
    let start = parts[index].start
    if isFlow {
      if index + 1 < parts.count { return text.replacing(start..<parts[index + 1].start, with: "") }
      return text.replacing((try locator.end(of: parts[index - 1].node))..<end, with: "")
    }
    let lineStart = text.lineStart(of: start)
    let before = text.string(lineStart..<start)
    if before.allSatisfy({ $0 == " " }) || (before.filter { $0 != " " } == "-" && !isFirstKey(index, parts)) {
      return text.replacing(lineStart..<text.nextLine(after: end), with: "")
    }
    // The first key of a list's item: the next one takes its place behind the dash.
    guard index + 1 < parts.count else { throw YAMLLocator.unknownForm }
    return text.replacing(start..<parts[index + 1].start, with: "")
  }

  /// Whether the part shares its line's dash with what follows it, as the first key of an item does.
  private func isFirstKey(_ index: Int, _ parts: [(start: Int, node: Node)]) -> Bool {
    guard index == 0, parts.count > 1 else { return false }
    let next = parts[1].start
    return text.string(text.lineStart(of: next)..<next).allSatisfy { $0 == " " }
  }
}
