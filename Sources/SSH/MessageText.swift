/// Text from elsewhere, made fit for one line of a message.
enum MessageText {
  /// `text` without control characters, on one line and at most `limit` characters long.
  static func clean(_ text: String, limit: Int = 200) -> String {
    var line = ""
    var count = 0
    var gap = false
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator:
        gap = count > 0
        continue
      default:
        break
      }
      if gap {
        line += " "
        count += 1
        gap = false
      }
      if count >= limit { return line + "…" }
      line.unicodeScalars.append(scalar)
      count += 1
    }
    return line
  }

  /// Bytes as such text; what is not UTF-8 becomes U+FFFD.
  static func clean(_ bytes: some Collection<UInt8>, limit: Int = 200) -> String {
    // A character has at most four bytes; a flood need not be decoded to its end.
    clean(String(decoding: bytes.prefix(limit * 8), as: UTF8.self), limit: limit)
  }
}
