import Documents
import Foundation

// The small shapes that all others are made of.

extension Shape where Output == String {
  static var textWords: String { "text" }

  /// A text, with the places of variables in it. What YAML reads as a number or a boolean is none: `010` would be 8.
  static var text: Shape {
    .scalar(
      .type("string"), textWords, kinds: [.text, .path, .bundle], placeholder: "", unknown: { $0 }
    ) { value, _, _ in
      if case .string(let text) = value { text } else { nil }
    }
  }

  /// A text that is not empty.
  static var filledText: Shape {
    .scalar(
      Schema.type("string").with("minLength", .int(1)), textWords, kinds: [.text, .path, .bundle],
      placeholder: "", unknown: { $0 }
    ) { value, line, reading in
      guard case .string(let text) = value else { return nil }
      if text.stripped.isEmpty { reading.problem(.badValue, "this text is empty", line: line) }
      return text
    }
  }

  /// A text without places: a `${{` in it is a problem, which `why` explains.
  static func constant(_ why: String) -> Shape {
    Shape(schema: Schema.type("string").with("minLength", .int(1)), placeholder: "") { node, reading in
      guard case .scalar(.string(let text)) = node.content else {
        return Shape.text.read(node, &reading)
      }
      if text.contains(Template.opening) {
        reading.problem(.badValue, "a variable cannot stand here", line: node.line, hint: why)
      }
      if text.stripped.isEmpty { reading.problem(.badValue, "this text is empty", line: node.line) }
      return text
    }
  }

  /// A name such as that of an environment variable.
  static var name: Shape {
    Shape(
      schema: Schema.type("string").with("pattern", .string(Variable.namePattern)), placeholder: ""
    ) { node, reading in
      guard case .scalar(.string(let text)) = node.content, Template.isName(text) else {
        reading.problem(
          .badValue, "this is no name", line: node.line, hint: "letters, digits and _, no digit first")
        return ""
      }
      return text
    }
  }

  /// A path on this machine, made absolute; what is written in a file is relative to the file's folder.
  static var path: Shape {
    Shape(schema: filledText.schema, placeholder: "") { node, reading in
      let text = filledText.read(node, &reading)
      return text.isEmpty || text.contains(Template.opening) ? text : reading.absolute(text)
    }
  }
}

extension Reading {
  /// `text` relative to the playbook's folder; `~/…` is left for the home folder.
  func absolute(_ text: String) -> String {
    if text.hasPrefix("/") { return text }
    if text == "~" || text.hasPrefix("~/") { return NSHomeDirectory() + text.dropFirst() }
    guard let folder else { return text }
    return URL(filePath: text, relativeTo: URL(filePath: folder, directoryHint: .isDirectory))
      .standardizedFileURL.path
  }
}

extension Shape where Output == Bool {
  static var flag: Shape {
    .scalar(
      Schema.type("boolean").orTemplate, "true or false", kinds: [.flag], placeholder: false
    ) { value, _, _ in
      if case .bool(let flag) = value { flag } else { nil }
    }
  }
}

extension Shape where Output == Int {
  /// A whole number within bounds.
  static func number(_ range: ClosedRange<Int>) -> Shape {
    let schema = Schema.type("integer").with("minimum", .int(range.lowerBound))
      .with("maximum", .int(range.upperBound))
    return Shape.scalar(
      schema.orTemplate, "a whole number", kinds: [.number], placeholder: range.lowerBound
    ) { value, line, reading in
      guard case .int(let number) = value else { return nil }
      guard range.contains(number) else {
        reading.problem(
          .badValue, "\(number) is not between \(range.lowerBound) and \(range.upperBound)", line: line)
        return range.lowerBound
      }
      return number
    }
  }
}

extension Shape {
  /// One word out of a few.
  static func choice(_ choices: [(String, Output)]) -> Shape {
    let schema = Schema([("enum", .array(choices.map { .string($0.0) }))])
    return Shape(schema: schema, placeholder: choices[0].1) { node, reading in
      if case .scalar(.string(let text)) = node.content, let found = choices.first(where: { $0.0 == text }) {
        return found.1
      }
      let names = choices.map(\.0)
      let text = node.value.keyText ?? node.value.kind
      reading.problem(
        .badValue, "'\(text)' is none of \(names.joined(separator: ", "))", line: node.line,
        hint: NearestName.hint(text, in: names))
      return choices[0].1
    }
  }
}

extension Shape where Output == Value {
  /// Any value as it stands in the file, templates not looked at.
  static var any: Shape { Shape(schema: Schema(), placeholder: .null) { node, _ in node.value } }
}

extension Shape where Output == Double {
  /// A time in seconds, written as a number or as `90s`, `5m`, `1h30m`.
  static var duration: Shape {
    .scalar(
      .anyOf([
        Schema.type("integer").with("minimum", .int(1)).with("maximum", .int(864_000)),
        Schema.type("string").with("pattern", .string("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")).with(
          "minLength", .int(2)),
        .reference(Schema.templateName),
      ]), "a time such as 90s, 5m or 1h30m", kinds: [.number, .text], placeholder: 1
    ) { value, line, reading in
      var seconds: Int?
      switch value {
      case .int(let number): seconds = number
      case .string(let text): seconds = parse(text)
      default: return nil
      }
      guard let seconds, (1...864_000).contains(seconds) else {
        reading.problem(
          .badValue, "this is no time between 1s and 240h", line: line, hint: "write 90s, 5m or 1h30m")
        return 1
      }
      return Double(seconds)
    }
  }

  /// Seconds; nil for what is no time.
  static func parse(_ text: String) -> Int? {
    guard let match = text.wholeMatch(of: /(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?/), !text.isEmpty
    else {
      return nil
    }
    func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }
    return number(match.1) * 3600 + number(match.2) * 60 + number(match.3)
  }
}
