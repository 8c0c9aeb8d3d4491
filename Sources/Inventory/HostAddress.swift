import Documents

/// A host name or address with the port that may follow it (Ansible: `parse_address`).
struct HostAddress: Equatable {
  /// The name or address; may contain ranges such as `[1:20]`.
  let name: String
  /// The port, if one was given.
  let port: Int?

  init(name: String, port: Int? = nil) {
    self.name = name
    self.port = port
  }

  /// Reads `name`, `name:port`, `[address]:port`. What is none of these is taken as a name, as it stands.
  init(_ text: String) {
    self = Self.parse(text) ?? HostAddress(name: text)
  }

  /// Reads an address; nil if the text is not one.
  static func parse(_ text: String) -> HostAddress? {
    var name = text
    var port: Int?
    if text.hasPrefix("["), let end = text.lastIndex(of: "]"),
      let number = portNumber(text[end...].dropFirst()),
      text.index(after: text.startIndex) < end
    {
      name = String(text[text.index(after: text.startIndex)..<end])
      port = number
    }
    // A bare name with a port: colons inside ranges do not count.
    if let colon = name.lastIndex(of: ":"), let number = portNumber(name[colon...]),
      isFreeOfColons(name[..<colon])
    {
      name = String(name[..<colon])
      port = number
    }
    return isIPv6(name) || isHostname(name) ? HostAddress(name: name, port: port) : nil
  }

  /// The number in `:22`.
  private static func portNumber(_ text: Substring) -> Int? {
    guard text.first == ":", text.count > 1, text.dropFirst().allSatisfy(\.isASCIIDigit) else { return nil }
    return Int(text.dropFirst())
  }

  /// Whether there are colons and brackets only inside complete `[…]` expressions.
  private static func isFreeOfColons(_ text: Substring) -> Bool {
    var rest = text
    while let first = rest.first {
      if first == "[" {
        guard let end = rest.firstIndex(of: "]") else { return false }
        rest = rest[end...].dropFirst()
      } else if first == ":" || first == "]" {
        return false
      } else {
        rest = rest.dropFirst()
      }
    }
    return true
  }

  /// Labels of letters, digits, `_`, `-` and ranges with dots between them; DNS lengths are not checked.
  ///
  /// IPv4 addresses are host names by this rule, and Ansible does not tell them apart either.
  private static func isHostname(_ text: String) -> Bool {
    guard let plain = replacingRanges(in: text, hexadecimal: false) else { return false }
    return plain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.first, let last = label.last else { return false }
      return first != "-" && last != "-" && last != "_"
        && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }
  }

  private static func isIPv6(_ text: String) -> Bool {
    guard let plain = replacingRanges(in: text, hexadecimal: true),
      plain.contains("::") || plain.contains(":")
    else { return false }
    let halves = plain.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2 else { return false }
    var groups = 0
    for half in halves where !half.isEmpty {
      for group in half.split(separator: ":", omittingEmptySubsequences: false) {
        let isIPv4 = group.contains(".") && group.allSatisfy { $0.isASCIIDigit || $0 == "." }
        guard isIPv4 || (1...4).contains(group.count) && group.allSatisfy(\.isHexDigit) else { return false }
        groups += isIPv4 ? 2 : 1
      }
    }
    return halves.count == 2 ? groups <= 7 : groups == 8
  }

  /// The text with every well-formed range replaced by a zero; nil if a bracket is anything else.
  private static func replacingRanges(in text: String, hexadecimal: Bool) -> String? {
    var result = ""
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "[") {
      guard let close = rest[open...].firstIndex(of: "]") else { return nil }
      let bounds = rest[open..<close].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
      guard (2...3).contains(bounds.count), bounds.dropFirst(2).allSatisfy(isNumber) else { return nil }
      let isNumeric = bounds.prefix(2).allSatisfy(isNumber)
      let isLettered = bounds.prefix(2).allSatisfy { bound in
        hexadecimal
          ? !bound.isEmpty && bound.allSatisfy(\.isHexDigit)
          : bound.count == 1 && bound.allSatisfy { $0.isASCII && $0.isLetter }
      }
      guard isNumeric || isLettered else { return nil }
      result += rest[..<open] + "0"
      rest = rest[close...].dropFirst()
    }
    return rest.contains("]") ? nil : result + rest
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.allSatisfy(\.isASCIIDigit)
  }
}
