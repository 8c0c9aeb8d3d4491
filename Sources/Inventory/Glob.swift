/// A shell pattern with `*`, `?`, `[abc]`, `[a-z]` and `[!abc]` (Python: `fnmatch`). Upper and lower case
/// differ.
struct Glob {
  private enum Token {
    case scalar(Unicode.Scalar)
    case any
    case star
    case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
  }

  private let tokens: [Token]

  init(_ pattern: String) {
    var tokens: [Token] = []
    var rest = Substring(pattern).unicodeScalars
    while let scalar = rest.popFirst() {
      switch scalar {
      case "*": tokens.append(.star)
      case "?": tokens.append(.any)
      case "[":
        // A bracket without an end stands for itself.
        tokens.append(Self.set(&rest) ?? .scalar("["))
      default: tokens.append(.scalar(scalar))
      }
    }
    self.tokens = tokens
  }

  private static func set(_ rest: inout Substring.UnicodeScalarView) -> Token? {
    var body = rest
    var items: [Unicode.Scalar] = []
    let isNegated = body.first == "!"
    if isNegated { body.removeFirst() }
    // A closing bracket in the first place is a member.
    if body.first == "]" { items.append(body.removeFirst()) }
    guard let end = body.firstIndex(of: "]") else { return nil }
    items += body[..<end]
    rest = body[body.index(after: end)...]
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var position = 0
    while position < items.count {
      if position + 2 < items.count, items[position + 1] == "-" {
        // A range that runs backwards is empty.
        if items[position] <= items[position + 2] { ranges.append(items[position]...items[position + 2]) }
        position += 3
      } else {
        ranges.append(items[position]...items[position])
        position += 1
      }
    }
    return .set(ranges, isNegated: isNegated)
  }

  /// Whether the whole text matches.
  func matches(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var token = 0
    var position = 0
    // Where to go on when the last star has to take one more character.
    var retry: (token: Int, position: Int)?
    while position < scalars.count {
      if token < tokens.count {
        if case .star = tokens[token] {
          retry = (token + 1, position)
          token += 1
          continue
        }
        if Self.matches(tokens[token], scalars[position]) {
          token += 1
          position += 1
          continue
        }
      }
      guard let last = retry else { return false }
      retry = (last.token, last.position + 1)
      token = last.token
      position = last.position + 1
    }
    return tokens[token...].allSatisfy { if case .star = $0 { true } else { false } }
  }

  private static func matches(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
    switch token {
    case .scalar(let expected): expected == scalar
    case .any, .star: true
    case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
    }
  }
}
