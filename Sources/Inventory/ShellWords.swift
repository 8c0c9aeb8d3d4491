/// Splits a line into words as a POSIX shell quotes them (Python: `shlex.split` with comments).
enum ShellWords {
  /// What is wrong with the quoting.
  enum Failure: Error {
    case unclosedQuote
    case trailingBackslash
  }

  /// The words of a line. A `#` starts a comment, in the middle of a word too.
  static func split(_ line: String, comments: Bool = true) throws(Failure) -> [String] {
    var words: [String] = []
    var word = ""
    // A word of two quotes is empty and still a word.
    var isInWord = false
    var rest = Substring(line).unicodeScalars
    func finish() {
      if isInWord { words.append(word) }
      word = ""
      isInWord = false
    }
    while let scalar = rest.popFirst() {
      switch scalar {
      case " ", "\t", "\r", "\n":
        finish()
      case "#" where comments:
        finish()
        return words
      case "'", "\"":
        isInWord = true
        word += try quoted(by: scalar, &rest)
      case "\\":
        guard let next = rest.popFirst() else { throw .trailingBackslash }
        isInWord = true
        word.unicodeScalars.append(next)
      default:
        isInWord = true
        word.unicodeScalars.append(scalar)
      }
    }
    finish()
    return words
  }

  private static func quoted(
    by quote: Unicode.Scalar, _ rest: inout Substring.UnicodeScalarView
  ) throws(Failure) -> String {
    var text = ""
    while let scalar = rest.popFirst() {
      if scalar == quote { return text }
      if quote == "\"", scalar == "\\" {
        guard let next = rest.popFirst() else { throw .trailingBackslash }
        // Inside double quotes a backslash escapes only the quote and itself.
        if next != quote, next != "\\" { text.unicodeScalars.append(scalar) }
        text.unicodeScalars.append(next)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    throw .unclosedQuote
  }
}
