/// Text from a file or a command line, made safe to print on one terminal line.
///
/// A file may come from anywhere, and its names end up in messages. An escape sequence in a host name
/// must not move the cursor, and a line feed must not forge a second message.
package struct EscapedText: CustomStringConvertible {
  /// The longest text that is shown in full, in Unicode scalars; the rest becomes `…`.
  static let limit = 400

  /// The text with control, format and line-separating characters written as `\u{…}`.
  package let description: String

  package init(_ text: some StringProtocol) {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < Self.limit else {
        result += "…"
        break
      }
      count += 1
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if Self.isPrintable(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          result += "\\u{" + String(scalar.value, radix: 16) + "}"
        }
      }
    }
    description = result
  }

  /// Whether the scalar can be printed as it is: no control, direction-changing or line-separating one.
  package static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}

extension StringProtocol {
  /// This text in single quotes, safe to print.
  package var quoted: String { "'\(EscapedText(self))'" }
}
