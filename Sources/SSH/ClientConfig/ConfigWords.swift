/// How ssh_config(5) cuts a line into words. OpenSSH has two ways and uses both: one for keywords and the conditions of
/// `Match`, one for arguments.
enum ConfigWords {
  private static let quote = UInt8(ascii: "\"")
  private static let equals = UInt8(ascii: "=")

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
      || byte == UInt8(ascii: "\n")
  }

  /// Takes a keyword or a condition off the front: up to a blank, one `=`, or around a pair of double quotes.
  ///
  /// - Parameter rest: nil once everything is taken.
  /// - Returns: the word, which may be empty; nil at the end and for a quote that is not closed.
  static func takeKeyword(_ rest: inout ArraySlice<UInt8>?) -> ArraySlice<UInt8>? {
    guard let text = rest else { return nil }
    guard let cut = text.firstIndex(where: { isBlank($0) || $0 == quote || $0 == equals }) else {
      rest = nil
      return text
    }
    let after = text[cut...].dropFirst()
    if text[cut] == quote {
      guard let end = after.firstIndex(of: quote) else {
        rest = nil
        return nil
      }
      rest = after[end...].dropFirst().drop(while: isBlank)
      return text[..<cut] + after[..<end]
    }
    var next = after.drop(while: isBlank)
    if text[cut] != equals, next.first == equals { next = next.dropFirst().drop(while: isBlank) }
    rest = next
    return text[..<cut]
  }

  /// The arguments of a line: words between blanks, quoted with `"` or `'`, up to a `#` that begins a word.
  ///
  /// A backslash stands for itself unless a quote, a backslash or, outside quotes, a space follows it.
  /// - Returns: nil when a quote is not closed.
  static func arguments(_ text: some Sequence<UInt8>) -> [String]? {
    let bytes = Array(text)
    var words: [String] = []
    var word: [UInt8] = []
    var isInWord = false
    var open: UInt8?
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0
      index += 1
      let isGap = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
      if !isInWord {
        if isGap { continue }
        if byte == UInt8(ascii: "#") { break }
        isInWord = true
      }
      switch byte {
      case UInt8(ascii: "\\"):
        let isEscape =
          next == quote || next == UInt8(ascii: "'") || next == UInt8(ascii: "\\")
          || open == nil && next == UInt8(ascii: " ")
        word.append(isEscape ? next : byte)
        if isEscape { index += 1 }
      case _ where open == nil && isGap:
        words.append(String(decoding: word, as: UTF8.self))
        word = []
        isInWord = false
      case quote where open == nil, UInt8(ascii: "'") where open == nil:
        open = byte
      case _ where byte == open:
        open = nil
      default:
        word.append(byte)
      }
    }
    guard open == nil else { return nil }
    if isInWord { words.append(String(decoding: word, as: UTF8.self)) }
    return words
  }
}
