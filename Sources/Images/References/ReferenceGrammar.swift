/// The parts of a reference, byte by byte (the grammar of `distribution/reference`, anchored at both ends).
enum ReferenceGrammar {
  /// The longest name, registry included, that the grammar allows.
  static let longestName = 255

  /// `host [":" port]`, where host is a name, an IPv4 address or an IPv6 address in brackets.
  static func isDomain(_ text: Substring) -> Bool {
    var host = text
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return false }
      let address = text[text.index(after: text.startIndex)..<end]
      guard !address.isEmpty, address.utf8.allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") }) else {
        return false
      }
      let rest = text[text.index(after: end)...]
      return rest.isEmpty || (rest.first == ":" && isPort(rest.dropFirst()))
    }
    if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      guard isPort(text[text.index(after: colon)...]) else { return false }
    }
    return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { component in
      guard let first = component.utf8.first, let last = component.utf8.last else { return false }
      return isAlphanumeric(first) && isAlphanumeric(last)
        && component.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  /// Path components between slashes: lower-case letters and digits, joined by `.`, `_`, `__` or hyphens.
  static func isPath(_ text: Substring) -> Bool {
    text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isPathComponent)
  }

  private static func isPathComponent(_ text: Substring) -> Bool {
    var separator: [UInt8] = []
    var started = false
    for byte in text.utf8 {
      if isLowerAlphanumeric(byte) {
        guard separator.isEmpty || (started && isSeparator(separator)) else { return false }
        separator.removeAll(keepingCapacity: true)
        started = true
      } else {
        separator.append(byte)
      }
    }
    return started && separator.isEmpty
  }

  private static func isSeparator(_ bytes: [UInt8]) -> Bool {
    switch bytes {
    case [UInt8(ascii: ".")], [UInt8(ascii: "_")], [UInt8(ascii: "_"), UInt8(ascii: "_")]: true
    default: bytes.allSatisfy { $0 == UInt8(ascii: "-") }
    }
  }

  /// A word byte, then up to 127 of those, dots and hyphens.
  static func isTag(_ text: Substring) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 128, isWordByte(first), first != UInt8(ascii: "-") else {
      return false
    }
    return bytes.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: ".") }
  }

  private static func isPort(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.count <= 5 && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerAlphanumeric(byte) || (65...90).contains(byte)
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte)
  }
}
