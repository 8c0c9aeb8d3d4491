import Yams

/// A YAML text as the parser counts it: Unicode scalars, lines from 1, columns from 1.
struct YAMLText {
  private(set) var scalars: [Unicode.Scalar]
  /// The first scalar of each line.
  private var lineStarts: [Int]
  /// The break that the text's lines end in.
  let lineBreak: String

  /// - Throws: `cannot-edit` for line breaks that not every reader takes for one.
  init(_ text: String) throws(HelmError) {
    scalars = Array(text.unicodeScalars)
    lineStarts = [0]
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "\n": lineStarts.append(index + 1)
      case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": break
      case "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}":
        throw HelmError(
          .cannotEdit, "the text has a line break or mark that readers of YAML take differently",
          hint: "save it with line feeds alone")
      default: break
      }
    }
    lineBreak = text.utf8.firstRange(of: "\r\n".utf8) != nil ? "\r\n" : "\n"
  }

  func string(_ range: Range<Int>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[range])
    return text
  }

  var count: Int { scalars.count }

  func offset(_ mark: Mark) -> Int {
    guard mark.line <= lineStarts.count else { return count }
    return min(count, lineStarts[max(0, mark.line - 1)] + max(0, mark.column - 1))
  }

  func lineStart(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    return lineStarts[low]
  }

  /// The end of the line's content, before its break.
  func lineEnd(of offset: Int) -> Int {
    var end = offset
    while end < count, scalars[end] != "\n" { end += 1 }
    return end > offset && scalars[end - 1] == "\r" ? end - 1 : end
  }

  /// Where the next line begins.
  func nextLine(after offset: Int) -> Int {
    var end = offset
    while end < count, scalars[end] != "\n" { end += 1 }
    return min(count, end + 1)
  }

  /// Blanks at the beginning of the line.
  func indentation(ofLineAt start: Int) -> Int {
    var end = start
    while end < count, scalars[end] == " " { end += 1 }
    return end - start
  }

  func isBlankLine(at start: Int) -> Bool {
    scalars[start..<lineEnd(of: start)].allSatisfy { $0 == " " || $0 == "\t" || $0 == "\r" }
  }

  func isCommentLine(at start: Int) -> Bool {
    scalars[start..<lineEnd(of: start)].first { $0 != " " && $0 != "\t" } == "#"
  }

  func column(of offset: Int) -> Int { offset - lineStart(of: offset) }

  /// The text with another piece in place of a range.
  func replacing(_ range: Range<Int>, with text: String) -> String {
    string(0..<range.lowerBound) + text + string(range.upperBound..<count)
  }
}
