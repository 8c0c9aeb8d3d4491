import Documents

/// Reads a Python literal, as Ansible does with every value in an INI inventory (Python: `ast.literal_eval`).
///
/// What is no literal is a plain text: `yes`, `10.0.0.1` and `010` stay as they are, while `1`, `True`,
/// `'a b'`, `[1, 2]`, `1,2` and `{'a': None}` become values. Tuples and sets become lists.
struct PythonLiteral {
  /// How deep lists and mappings may be nested.
  static let depthLimit = 100

  private struct NotALiteral: Error {}

  private var scanner: PythonScanner
  private var depth = 0

  /// The value of a text, which is the text itself if it is no literal.
  static func value(of text: String) -> Value {
    var reader = PythonLiteral(scanner: PythonScanner(text))
    return (try? reader.document()) ?? .string(text)
  }

  private init(scanner: PythonScanner) { self.scanner = scanner }

  private mutating func document() throws -> Value {
    var value = try value()
    if scanner.take(",") { value = .array([value] + (try items(until: nil))) }
    guard scanner.isAtEnd else { throw NotALiteral() }
    return value
  }

  /// The items up to a closing bracket, or to the end of the text; a comma may follow the last one.
  private mutating func items(until end: Unicode.Scalar?) throws -> [Value] {
    var items: [Value] = []
    while !isAt(end) {
      items.append(try value())
      if scanner.take(",") { continue }
      guard isAt(end) else { throw NotALiteral() }
      break
    }
    if let end { _ = scanner.take(end) }
    return items
  }

  private mutating func isAt(_ end: Unicode.Scalar?) -> Bool {
    if let end { scanner.peek() == end } else { scanner.isAtEnd }
  }

  private mutating func value() throws -> Value {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit, let first = scanner.peek() else { throw NotALiteral() }
    switch first {
    case "[":
      _ = scanner.take("[")
      return .array(try items(until: "]"))
    case "(":
      _ = scanner.take("(")
      return try parenthesized()
    case "{":
      _ = scanner.take("{")
      return try mappingOrSet()
    case "+", "-", ".", "0"..."9":
      if scanner.take("...") { return .string("...") }
      guard let number = scanner.number() else { throw NotALiteral() }
      return number
    default:
      return try stringOrWord()
    }
  }

  /// What follows `(`: nothing, one value in parentheses, or a tuple.
  private mutating func parenthesized() throws -> Value {
    if scanner.take(")") { return .array([]) }
    let first = try value()
    if scanner.take(",") { return .array([first] + (try items(until: ")"))) }
    guard scanner.take(")") else { throw NotALiteral() }
    return first
  }

  private mutating func mappingOrSet() throws -> Value {
    if scanner.take("}") { return .object([]) }
    let first = try value()
    guard scanner.take(":") else {
      var unique = [first]
      if scanner.take(",") {
        for item in try items(until: "}") where !unique.contains(item) { unique.append(item) }
      } else {
        guard scanner.take("}") else { throw NotALiteral() }
      }
      return .array(unique)
    }
    var members: [Value.Member] = []
    var key = first
    while true {
      guard let name = key.keyText else { throw NotALiteral() }
      let member = Value.Member(name, try value())
      if let position = members.firstIndex(where: { $0.key == name }) {
        members[position] = member
      } else {
        members.append(member)
      }
      let hasComma = scanner.take(",")
      if scanner.take("}") { return .object(members) }
      guard hasComma else { throw NotALiteral() }
      key = try value()
      guard scanner.take(":") else { throw NotALiteral() }
    }
  }

  /// Texts side by side are one text, as in Python.
  private mutating func stringOrWord() throws -> Value {
    var text: String?
    while scanner.isAtString {
      guard let next = scanner.string() else { throw NotALiteral() }
      text = (text ?? "") + next
    }
    if let text { return .string(text) }
    switch scanner.word() {
    case "None": return .null
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "set" where scanner.take("(") && scanner.take(")"): return .array([])
    default: throw NotALiteral()
    }
  }
}
