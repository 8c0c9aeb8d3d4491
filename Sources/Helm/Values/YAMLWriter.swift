import Documents

/// Writes a tree as YAML in block style, two blanks for each level, keys in their order.
package enum YAMLWriter {
  package static func text(_ value: Value) -> String {
    switch value {
    case .object(let members) where !members.isEmpty: lines(value, indent: 0).joined(separator: "\n") + "\n"
    case .array(let items) where !items.isEmpty: lines(value, indent: 0).joined(separator: "\n") + "\n"
    default: inline(value) + "\n"
    }
  }

  /// The lines of a collection that is not empty.
  static func lines(_ value: Value, indent: Int) -> [String] {
    let blanks = String(repeating: " ", count: indent)
    switch value {
    case .object(let members):
      return members.flatMap { entry($0.key, $0.value, indent: indent) }
    case .array(let items):
      return items.flatMap { item -> [String] in
        guard isBlock(item) else { return [blanks + "- " + inline(item)] }
        var lines = lines(item, indent: indent + 2)
        lines[0] = blanks + "- " + lines[0].dropFirst(indent + 2)
        return lines
      }
    default: return [blanks + inline(value)]
    }
  }

  /// The lines of one pair of a mapping.
  static func entry(_ key: String, _ value: Value, indent: Int) -> [String] {
    let head = String(repeating: " ", count: indent) + keyText(key) + ":"
    if isBlock(value) { return [head] + lines(value, indent: indent + 2) }
    if case .string(let text) = value, let block = literal(text, indent: indent + 2) {
      return [head + " " + block[0]] + block.dropFirst()
    }
    return [head + " " + inline(value)]
  }

  static func keyText(_ key: String) -> String { ScalarText.of(key, inFlow: false) }

  /// In flow style, on one line.
  static func inline(_ value: Value, inFlow: Bool = false) -> String {
    switch value {
    case .object(let members):
      "{"
        + members.map { ScalarText.of($0.key, inFlow: true) + ": " + inline($0.value, inFlow: true) }
        .joined(separator: ", ") + "}"
    case .array(let items): "[" + items.map { inline($0, inFlow: true) }.joined(separator: ", ") + "]"
    default: ScalarText.of(value, inFlow: inFlow) ?? "null"
    }
  }

  private static func isBlock(_ value: Value) -> Bool {
    value.members.map { !$0.isEmpty } ?? value.items.map { !$0.isEmpty } ?? false
  }

  /// A text of several lines as a literal; nil where the style cannot hold it.
  private static func literal(_ text: String, indent: Int) -> [String]? {
    guard text.contains("\n"), !text.hasPrefix(" "), !text.hasPrefix("\n"), !text.hasPrefix("\t"),
      text.unicodeScalars.allSatisfy({ $0 == "\n" || EscapedText.isPrintable($0) })
    else { return nil }
    let body = text.hasSuffix("\n") ? text.dropLast() : text[...]
    guard !body.hasSuffix("\n") else { return nil }
    let blanks = String(repeating: " ", count: indent)
    return [text.hasSuffix("\n") ? "|" : "|-"]
      + body.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : blanks + $0 }
  }
}
