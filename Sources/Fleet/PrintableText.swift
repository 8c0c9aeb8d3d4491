/// Text from the other side, made fit for a terminal and a log.
public enum PrintableText {
  /// Keeps line breaks and tabs; every other control character, and every byte that is no UTF-8, becomes visible.
  public static func lines(_ bytes: some Sequence<UInt8>) -> String {
    escape(String(decoding: Array(bytes), as: UTF8.self), keepsLines: true)
  }

  /// One line: line breaks become spaces, runs of blanks one; at most `limit` characters, the end cut off.
  public static func line(_ bytes: some Sequence<UInt8>, limit: Int = 300) -> String {
    line(String(decoding: Array(bytes), as: UTF8.self), limit: limit)
  }

  /// As ``line(_:limit:)-(Sequence<UInt8>,_)``.
  public static func line(_ text: String, limit: Int = 300) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let escaped = escape(words, keepsLines: false)
    return escaped.count <= limit ? escaped : String(escaped.prefix(limit - 1)) + "…"
  }

  private static func escape(_ text: String, keepsLines: Bool) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case _ where keepsLines && (scalar == "\n" || scalar == "\t"):
        result.unicodeScalars.append(scalar)
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
        // A format character may reverse or hide the text around it.
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
