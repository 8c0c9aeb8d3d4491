/// Quoting for the shells that a node's login shell may be: sh, bash, dash, ash, zsh, csh, tcsh and fish.
enum ShellQuote {
  /// `word` so that each of these shells reads exactly it.
  ///
  /// Inside single quotes, POSIX shells take everything as it is (POSIX.1-2017, Shell Command Language 2.2.2); csh still
  /// acts on `!` and on a line break, fish on a backslash. These few, and the single quote itself, are written outside
  /// the single quotes: `\'`, `\!`, `\\`. A line break has no form that all of them share; sh's is used.
  static func quote(_ word: String) -> String {
    if word.isEmpty { return "''" }
    if word.utf8.allSatisfy(isPlain) { return word }
    var text = ""
    var open = false
    for scalar in word.unicodeScalars {
      switch scalar {
      case "'", "!", "\\":
        if open { text += "'" }
        open = false
        text += "\\"
        text.unicodeScalars.append(scalar)
      default:
        if !open { text += "'" }
        open = true
        text.unicodeScalars.append(scalar)
      }
    }
    if open { text += "'" }
    return text
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: "+"):
      return true
    default:
      return false
    }
  }
}
