/// The patterns of ssh_config(5), PATTERNS: `*` for any text, `?` for one character.
enum ConfigPattern {
  static func matches(_ text: String, _ pattern: String) -> Bool {
    matches(Array(text.utf8)[...], Array(pattern.utf8)[...])
  }

  /// Every character but `*` and `?` stands for itself, brackets too.
  static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    var (text, pattern) = (text, pattern)
    // The last star and what was left of the text there: on a mismatch the star takes one character more.
    var retry: (text: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        retry = (text, pattern)
      } else if let character = text.first, let wanted = pattern.first,
        wanted == character || wanted == UInt8(ascii: "?")
      {
        text = text.dropFirst()
        pattern = pattern.dropFirst()
      } else if text.isEmpty, pattern.isEmpty {
        return true
      } else if let last = retry, !last.text.isEmpty {
        text = last.text.dropFirst()
        pattern = last.pattern
        retry = (text, pattern)
      } else {
        return false
      }
    }
  }

  /// Whether a list with commas has the text: some pattern matches and none with `!` does.
  static func listMatches(_ text: String, _ list: String, ignoringCase: Bool = false) -> Bool {
    let text = ignoringCase ? text.lowercased() : text
    var found = false
    for part in list.split(separator: ",", omittingEmptySubsequences: false) {
      let isNegated = part.hasPrefix("!")
      let pattern = String(isNegated ? part.dropFirst() : part)
      // OpenSSH's buffer; a longer pattern makes the whole list match nothing.
      guard pattern.utf8.count < 1023 else { return false }
      if matches(text, ignoringCase ? pattern.lowercased() : pattern) {
        if isNegated { return false }
        found = true
      }
    }
    return found
  }
}
