/// Reads a ``Condition``.
struct ConditionParser {
  /// Why a text is no condition.
  struct Mistake: Error, Equatable {
    let message: String
    let hint: String?
  }

  private enum Token: Equatable {
    case word(String)
    case text(String)
    case number(Int)
    case version(String)
    case comparison(Condition.Comparison)
    case open, close, dot

    var shown: String {
      switch self {
      case .word(let word), .version(let word): "'\(word)'"
      case .text(let text): "'\(text)'"
      case .number(let number): "'\(number)'"
      case .comparison(let comparison): "'\(comparison.rawValue)'"
      case .open: "'('"
      case .close: "')'"
      case .dot: "'.'"
      }
    }
  }

  /// More parentheses and `not`s than anybody writes by hand; the parser calls itself for each.
  private static let depthLimit = 50

  private var tokens: [Token]
  private var next = 0
  private var depth = 0

  static func parse(_ text: String) throws(Mistake) -> Condition {
    var parser = ConditionParser(tokens: try tokenize(text))
    let condition = try parser.or()
    if let extra = parser.peek {
      throw Mistake(
        message: "\(extra.shown) is not expected here",
        hint: extra == .word("in") ? "there is no 'in'; compare with == and join with or" : nil)
    }
    return condition
  }

  private init(tokens: [Token]) { self.tokens = tokens }

  // MARK: Grammar

  private mutating func or() throws(Mistake) -> Condition {
    var left = try and()
    while take(.word("or")) { left = .or(left, try and()) }
    return left
  }

  private mutating func and() throws(Mistake) -> Condition {
    var left = try not()
    while take(.word("and")) { left = .and(left, try not()) }
    return left
  }

  private mutating func not() throws(Mistake) -> Condition {
    guard take(.word("not")) else { return try compare() }
    try deeper()
    defer { depth -= 1 }
    return .not(try not())
  }

  private mutating func compare() throws(Mistake) -> Condition {
    let left = try operand()
    if take(.word("is")) {
      let negated = take(.word("not"))
      guard take(.word("defined")) else {
        throw Mistake(message: "after 'is' comes 'defined' or 'not defined'", hint: "compare with ==")
      }
      return negated ? .not(.isDefined(left)) : .isDefined(left)
    }
    guard case .comparison(let comparison)? = peek else { return left }
    next += 1
    let right = try operand()
    if case .comparison(let second)? = peek {
      throw Mistake(
        message: "'\(second.rawValue)' cannot follow a comparison", hint: "join two comparisons with and")
    }
    return .compare(left, comparison, right)
  }

  private mutating func operand() throws(Mistake) -> Condition {
    guard let token = peek else {
      throw Mistake(message: "something is missing at the end of the condition", hint: nil)
    }
    next += 1
    switch token {
    case .open:
      try deeper()
      defer { depth -= 1 }
      let inner = try or()
      guard take(.close) else { throw Mistake(message: "a ( has no )", hint: nil) }
      return inner
    case .text(let text), .version(let text): return .literal(.text(text))
    case .number(let number): return .literal(.number(number))
    case .word("true"): return .literal(.flag(true))
    case .word("false"): return .literal(.flag(false))
    case .word(let word) where !["and", "or", "not", "is", "defined"].contains(word):
      var name = [word]
      while take(.dot) {
        guard case .word(let part)? = peek else {
          throw Mistake(message: "a name is missing after '.'", hint: nil)
        }
        next += 1
        name.append(part)
      }
      return .name(name)
    default: throw Mistake(message: "\(token.shown) is not expected here", hint: nil)
    }
  }

  private mutating func deeper() throws(Mistake) {
    depth += 1
    guard depth <= Self.depthLimit else {
      throw Mistake(message: "the condition is nested too deep", hint: nil)
    }
  }

  private var peek: Token? { next < tokens.count ? tokens[next] : nil }

  private mutating func take(_ token: Token) -> Bool {
    guard peek == token else { return false }
    next += 1
    return true
  }

  // MARK: Words

  private static func tokenize(_ text: String) throws(Mistake) -> [Token] {
    var tokens: [Token] = []
    var rest = Substring(text)
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if first == "(" || first == ")" || first == "." {
        tokens.append(first == "(" ? .open : first == ")" ? .close : .dot)
        rest.removeFirst()
      } else if first == "'" || first == "\"" {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: first) else {
          throw Mistake(message: "a quote is not closed", hint: nil)
        }
        tokens.append(.text(String(rest[..<end])))
        rest = rest[rest.index(after: end)...]
      } else if let comparison = comparison(&rest) {
        tokens.append(.comparison(comparison))
      } else if let match = rest.prefixMatch(of: /v?[0-9]+(?:\.[0-9]+)+(?:[-+][0-9A-Za-z.+-]+)?/) {
        tokens.append(.version(String(match.output)))
        rest = rest[match.output.endIndex...]
      } else if let match = rest.prefixMatch(of: /-?[0-9]+(?![A-Za-z_])/), let number = Int(match.output) {
        tokens.append(.number(number))
        rest = rest[match.output.endIndex...]
      } else if let match = rest.prefixMatch(of: /[A-Za-z_][A-Za-z0-9_-]*/) {
        tokens.append(.word(String(match.output)))
        rest = rest[match.output.endIndex...]
      } else {
        throw Mistake(message: "'\(first)' is not expected in a condition", hint: hint(first))
      }
    }
    return tokens
  }

  private static func comparison(_ rest: inout Substring) -> Condition.Comparison? {
    // Two characters before one: `<=` is no `<`.
    for comparison in Condition.Comparison.allCases.sorted(by: { $0.rawValue.count > $1.rawValue.count })
    where rest.hasPrefix(comparison.rawValue) {
      rest.removeFirst(comparison.rawValue.count)
      return comparison
    }
    return nil
  }

  private static func hint(_ character: Character) -> String? {
    switch character {
    case "{", "$": "a name stands alone in a condition, without ${{ }}"
    case "=": "equality is =="
    case "&": "and is written 'and'"
    case "|": "or is written 'or'; there are no filters"
    case "!": "not is written 'not'"
    default: nil
    }
  }
}
