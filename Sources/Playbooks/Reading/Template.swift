import Documents

/// A text with the places of variables in it: `${{ name }}`.
///
/// A place takes the name of one variable and nothing else: no expression, no filter, no code. It is filled after the
/// YAML was read, so a value never changes how the file or a command line is split. `$${{` stands for `${{` itself.
/// The form leaves `{{ … }}` to the tools that have their own templates, such as `docker` and `kubectl`.
struct Template: Sendable, Equatable {
  enum Piece: Sendable, Equatable {
    case text(String)
    case variable(String)
  }

  /// Why a text is no template.
  struct Mistake: Error, Equatable {
    let message: String
    let hint: String?
  }

  static let opening = "${{"
  private static let closing = "}}"

  let pieces: [Piece]

  init(_ text: String) throws(Mistake) {
    var pieces: [Piece] = []
    var plain = ""
    var rest = Substring(text)
    while let place = rest.firstRange(of: Self.opening) {
      if place.lowerBound > rest.startIndex, rest[rest.index(before: place.lowerBound)] == "$" {
        plain += rest[..<place.lowerBound].dropLast() + Self.opening
        rest = rest[place.upperBound...]
        continue
      }
      plain += rest[..<place.lowerBound]
      guard let end = rest[place.upperBound...].firstRange(of: Self.closing) else {
        throw Mistake(message: "a ${{ has no }}", hint: "write $${{ for ${{ itself")
      }
      let word = rest[place.upperBound..<end.lowerBound].stripped
      guard Self.isName(word) else {
        throw Mistake(
          message: "'\(word)' between ${{ and }} is no name of a variable",
          hint: "a name alone stands there: ${{ registry }}")
      }
      if !plain.isEmpty { pieces.append(.text(plain)) }
      plain = ""
      pieces.append(.variable(word))
      rest = rest[end.upperBound...]
    }
    plain += rest
    if !plain.isEmpty { pieces.append(.text(plain)) }
    self.pieces = pieces
  }

  /// The variables it names, each once, in order.
  var names: [String] {
    var seen: Set<String> = []
    return pieces.compactMap { piece in
      guard case .variable(let name) = piece, seen.insert(name).inserted else { return nil }
      return name
    }
  }

  /// The one variable that the text consists of.
  var only: String? {
    let parts = pieces.filter { piece in
      if case .text(let text) = piece { return !text.allSatisfy(\.isWhitespace) }
      return true
    }
    guard parts.count == 1, case .variable(let name) = parts[0] else { return nil }
    return name
  }

  /// The text with every place filled.
  func filled(with words: [String: String]) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .variable(let name): words[name] ?? ""
      }
    }.joined()
  }

  /// A letter or `_`, then letters, digits and `_`.
  static func isName(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
  }
}
