/// One line of a client configuration that is neither empty nor a comment.
struct ConfigLine: Sendable {
  /// In lower case.
  let keyword: String
  /// Everything after the keyword, with quotes and comments still in it: what commands and conditions are made of.
  let text: ArraySlice<UInt8>
  /// The text as words; nil when a quote is not closed.
  let arguments: [String]?
  let number: Int

  /// Reads a line without its line feed. Returns nil for an empty one or a comment.
  init?(_ line: ArraySlice<UInt8>, number: Int) {
    var end = line.endIndex
    // A form feed is allowed at the end alone.
    while end > line.startIndex, ConfigWords.isBlank(line[end - 1]) || line[end - 1] == 0x0c { end -= 1 }
    var rest: ArraySlice<UInt8>? = line[..<end]
    guard var word = ConfigWords.takeKeyword(&rest) else { return nil }
    if word.isEmpty {
      guard let second = ConfigWords.takeKeyword(&rest) else { return nil }
      word = second
    }
    guard let first = word.first, first != UInt8(ascii: "#") else { return nil }
    keyword = String(decoding: word, as: UTF8.self).lowercased()
    text = (rest ?? []).drop(while: ConfigWords.isBlank)
    arguments = ConfigWords.arguments(text)
    self.number = number
  }

  /// A keyword with values that are not quoted.
  init(keyword: String, values: [String]) {
    self.keyword = keyword
    text = Array(values.joined(separator: " ").utf8)[...]
    arguments = values
    number = 0
  }

  /// All lines of a file.
  static func lines(of content: [UInt8]) -> [ConfigLine] {
    var lines: [ConfigLine] = []
    for (index, line) in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      if let line = ConfigLine(line, number: index + 1) { lines.append(line) }
    }
    return lines
  }
}
