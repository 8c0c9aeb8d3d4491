/// A bundle's `hints.yaml`: a flat list of templates that say where the chart's values name an image.
enum HintsFile {
  static let path = "hints.yaml"

  /// Reads the one form that charts-syncer writes, a YAML block sequence of plain or quoted strings.
  ///
  /// Anything else (maps, anchors, block scalars) is refused with `corrupt-bundle` rather than guessed at.
  static func parse(_ bytes: [UInt8]) throws(ImageError) -> [String] {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw refused(1, "it is not UTF-8") }
    var hints: [String] = []
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      var content = line.drop { $0 == " " }
      while let last = content.last, last.isWhitespace { content.removeLast() }
      if content.isEmpty || content.first == "#" || content == "---" || content == "[]" || content == "null" {
        continue
      }
      guard content.hasPrefix("- ") else { throw refused(number, "it is no list of strings") }
      guard let value = scalar(content.dropFirst(2).drop { $0 == " " }) else {
        throw refused(number, "the entry is no plain string")
      }
      hints.append(value)
    }
    return hints
  }

  /// One YAML scalar on one line; nil for everything else.
  static func scalar(_ text: Substring) -> String? {
    guard let first = text.first else { return nil }
    if first == "\"" || first == "'" {
      var result = ""
      var rest = text.dropFirst()
      while let character = rest.popFirst() {
        if character == first {
          if first == "'", rest.first == "'" {
            rest.removeFirst()
          } else {
            let tail = rest.drop { $0 == " " }
            return tail.isEmpty || tail.first == "#" ? result : nil
          }
        } else if character == "\\", first == "\"" {
          guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" || escaped == "/" else {
            return nil
          }
          result.append(escaped)
          continue
        }
        result.append(character)
      }
      return nil
    }
    guard !"{[&*!|>%@`,?#]}-:".contains(first) else { return nil }
    let plain = text.firstRange(of: " #").map { text[..<$0.lowerBound] } ?? text
    guard plain.firstRange(of: ": ") == nil, plain.last != ":" else { return nil }
    var value = plain
    while value.last == " " { value.removeLast() }
    return String(value)
  }

  private static func refused(_ line: Int, _ reason: String) -> ImageError {
    ImageError(.corruptBundle, "hints.yaml, line \(line): \(reason)")
  }
}
