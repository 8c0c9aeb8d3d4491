import Documents

/// The words of Python source that a literal is made of. Space and comments before a word are passed over.
struct PythonScanner {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) { rest = Substring(text).unicodeScalars }

  /// Whether nothing but space and a comment is left.
  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return rest.isEmpty
    }
  }

  /// The next character, which stays.
  mutating func peek() -> Unicode.Scalar? {
    skipSpace()
    return rest.first
  }

  /// Takes a character if it is the next one.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek() == scalar else { return false }
    rest.removeFirst()
    return true
  }

  /// Takes a symbol if it is the next one.
  mutating func take(_ symbol: String) -> Bool {
    skipSpace()
    guard rest.starts(with: symbol.unicodeScalars) else { return false }
    rest.removeFirst(symbol.unicodeScalars.count)
    return true
  }

  /// Takes letters, digits and underscores.
  mutating func word() -> String {
    skipSpace()
    let word = rest.prefix { $0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0) }
    rest = rest[word.endIndex...]
    return String(word)
  }

  private mutating func skipSpace() {
    rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\u{0c}" }
    if rest.first == "#" { rest.removeAll() }
  }

  // MARK: Numbers

  /// Takes a number with its sign; nil if it is none that Python accepts, such as `010` or `1a`.
  mutating func number() -> Value? {
    var isNegative = false
    if let sign = peek(), sign == "+" || sign == "-" {
      isNegative = sign == "-"
      rest.removeFirst()
      skipSpace()
    }
    let start = rest
    var previous: Unicode.Scalar = " "
    // The sign of an exponent belongs to the number; any other ends it.
    let digits = rest.prefix { scalar in
      defer { previous = scalar }
      return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "." || scalar == "_"
        || (scalar == "+" || scalar == "-") && (previous == "e" || previous == "E") && !start.isHexadecimal
    }
    rest = rest[digits.endIndex...]
    let text = String(digits).lowercased()
    guard Self.hasWellPlacedUnderscores(text) else { return nil }
    return Self.number(text.replacing("_", with: ""), isNegative: isNegative)
  }

  private static func number(_ text: String, isNegative: Bool) -> Value? {
    let sign = isNegative ? "-" : ""
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
      return Int(sign + text.dropFirst(2), radix: radix).map(Value.int)
    }
    if text.allSatisfy(\.isASCIIDigit) {
      // Python 3 has no numbers with leading zeros, except zero.
      guard text.first != "0" || text.allSatisfy({ $0 == "0" }) else { return nil }
      return Int(sign + text).map(Value.int)
    }
    let allowed = text.allSatisfy { $0.isASCIIDigit || $0 == "." || $0 == "e" || $0 == "+" || $0 == "-" }
    guard allowed, text != "." else { return nil }
    return Double(sign + text).map(Value.double)
  }

  /// One underscore between two digits, or after a prefix such as `0x`.
  private static func hasWellPlacedUnderscores(_ text: String) -> Bool {
    !text.hasPrefix("_") && !text.hasSuffix("_") && !text.contains("__") && !text.contains("._")
      && !text.contains("_.") && !text.contains("_e") && !text.contains("e_")
      || !text.contains("_")
  }

  // MARK: Strings

  /// Whether a string with any of the prefixes of plain, raw and byte strings is next.
  var isAtString: Bool {
    mutating get {
      skipSpace()
      return stringPrefix() != nil
    }
  }

  private func stringPrefix() -> String? {
    let prefix = String(rest.prefix { $0 != "'" && $0 != "\"" && $0 != " " }.prefix(3)).lowercased()
    guard ["", "r", "u", "b", "br", "rb"].contains(prefix), let quote = rest.dropFirst(prefix.count).first,
      quote == "'" || quote == "\""
    else { return nil }
    return prefix
  }

  /// Takes one string; nil if it does not end or has an escape that cannot be read.
  mutating func string() -> String? {
    guard let prefix = stringPrefix() else { return nil }
    rest.removeFirst(prefix.count)
    guard let quote = rest.popFirst() else { return nil }
    let isTriple = rest.starts(with: [quote, quote])
    if isTriple { rest.removeFirst(2) }
    var text = ""
    while let scalar = rest.popFirst() {
      if scalar == quote, !isTriple { return text }
      if scalar == quote, rest.starts(with: [quote, quote]) {
        rest.removeFirst(2)
        return text
      }
      guard scalar == "\\" else {
        text.unicodeScalars.append(scalar)
        continue
      }
      guard let next = rest.popFirst() else { return nil }
      if prefix.contains("r") {
        text.unicodeScalars.append(contentsOf: ["\\", next])
      } else {
        guard let escaped = escape(next) else { return nil }
        text += escaped
      }
    }
    return nil
  }

  private mutating func escape(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\\", "'", "\"": return String(scalar)
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "a": return "\u{07}"
    case "b": return "\u{08}"
    case "f": return "\u{0c}"
    case "v": return "\u{0b}"
    case "x": return code(digits: 2)
    case "u": return code(digits: 4)
    case "U": return code(digits: 8)
    case "N": return nil
    case "0"..."7":
      let more = rest.prefix(2).prefix { ("0"..."7").contains($0) }
      rest = rest[more.endIndex...]
      return UInt32(String(scalar) + String(more), radix: 8).flatMap(Unicode.Scalar.init).map { String($0) }
    // Python keeps the backslash of an escape it does not know.
    default: return "\\" + String(scalar)
    }
  }

  private mutating func code(digits count: Int) -> String? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy(\.properties.isASCIIHexDigit) else { return nil }
    rest = rest[digits.endIndex...]
    return UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init).map { String($0) }
  }
}

extension Substring.UnicodeScalarView {
  /// Whether this begins with `0x`.
  fileprivate var isHexadecimal: Bool {
    starts(with: "0x".unicodeScalars) || starts(with: "0X".unicodeScalars)
  }
}
