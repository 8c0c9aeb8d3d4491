import Documents
import Yams

/// Writes YAML scalars so that YAML 1.1 and 1.2 readers agree on them.
enum ScalarText {
  /// `value` in a style like that of the scalar that it replaces; nil for a collection.
  static func of(_ value: Value, like style: Node.Scalar.Style = .any, inFlow: Bool) -> String? {
    switch value {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .double(let value):
      value.isNaN ? ".nan" : value.isInfinite ? (value < 0 ? "-.inf" : ".inf") : String(value)
    case .string(let text): of(text, like: style, inFlow: inFlow)
    case .array, .object, .vault: nil
    }
  }

  static func of(_ text: String, like style: Node.Scalar.Style = .any, inFlow: Bool) -> String {
    switch style {
    case .doubleQuoted: doubleQuoted(text)
    case .singleQuoted where isSingleLine(text): singleQuoted(text)
    case _ where isPlain(text, inFlow: inFlow): text
    case _ where isSingleLine(text): singleQuoted(text)
    default: doubleQuoted(text)
    }
  }

  static func isSingleLine(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(EscapedText.isPrintable) }

  static func singleQuoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "''") + "'"
  }

  /// With the escapes of YAML 1.2, section 5.7, that JSON has too.
  static func doubleQuoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where !EscapedText.isPrintable(scalar):
        let hex = String(scalar.value, radix: 16)
        let width = scalar.value > 0xffff ? 8 : 4
        result += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Whether any reader takes the bare text as this text. Stricter than the grammar: what looks like a number, a date,
  /// a boolean or an indicator to somebody is quoted.
  static func isPlain(_ text: String, inFlow: Bool) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last, text.utf8.count <= 1024,
      isSingleLine(text), case .string(text) = YAMLScalar.value(of: text)
    else { return false }
    let isLetter = ("a"..."z").contains(first) || ("A"..."Z").contains(first) || first == "/" || first == "_"
    let isDigit = ("0"..."9").contains(first)
    guard isLetter || isDigit, last != " ", last != ":" else { return false }
    if isDigit, !text.contains("/"), text.count(where: { $0 == "." }) < 2 { return false }
    if ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"].contains(text.lowercased())
    {
      return false
    }
    if text.contains(": ") || text.contains(" #") || text.contains("\t") { return false }
    return !inFlow || !text.contains { ",[]{}?:".contains($0) }
  }
}
