/// The line that begins a section of an INI inventory: `[group]` or `[group:kind]`, a comment may follow.
struct INIHeader {
  let group: String
  /// `children` or `vars`, or something wrong; nil in `[group]`.
  let kind: String?

  /// Reads a line; nil if it is no section.
  init?(_ text: String) {
    guard text.hasPrefix("["), let end = text.firstIndex(of: "]"),
      Self.isComment(text[text.index(after: end)...])
    else { return nil }
    let parts = text[..<end].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let name = parts.first, Self.isName(name) else { return nil }
    if parts.count == 2 {
      guard !parts[1].isEmpty, parts[1].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
        return nil
      }
    }
    group = String(name)
    kind = parts.count == 2 ? String(parts[1]) : nil
  }

  /// The group named on a line of a `children` section; a comment may follow.
  static func groupName(_ text: String) -> String? {
    let name = text.prefix { !$0.isWhitespace && $0 != ":" && $0 != "]" }
    return isName(name) && isComment(text[name.endIndex...]) ? String(name) : nil
  }

  private static func isName(_ text: Substring) -> Bool {
    !text.isEmpty && !text.contains(where: \.isWhitespace)
  }

  private static func isComment(_ text: Substring) -> Bool {
    let rest = text.drop(while: \.isWhitespace)
    return rest.isEmpty || rest.hasPrefix("#")
  }
}
