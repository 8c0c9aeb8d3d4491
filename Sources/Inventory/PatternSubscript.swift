import Documents

/// The `[0]`, `[-1]`, `[1:3]` or `[1:]` at the end of a pattern: hosts by their place, both ends included.
struct PatternSubscript: Equatable {
  let first: Int
  /// The last place, -1 for the end; nil for a single place.
  let last: Int?

  /// The pattern without its subscript. A regular expression has none, as brackets are its own.
  static func split(_ text: String) -> (name: String, PatternSubscript?) {
    guard !text.hasPrefix("~"), text.hasSuffix("]"), let open = text.lastIndex(of: "["),
      open != text.startIndex,
      let subscripted = PatternSubscript(text[open...].dropFirst().dropLast())
    else { return (text, nil) }
    return (String(text[..<open]), subscripted)
  }

  private init?(_ text: Substring) {
    if let place = Self.number(text.first == "-" ? text.dropFirst() : text) {
      self.init(first: text.first == "-" ? -place : place, last: nil)
      return
    }
    // Ansible takes `[1-3]` for `[1:3]`, with a warning.
    guard let separator = text.firstIndex(where: { $0 == ":" || $0 == "-" }),
      let first = Self.number(text[..<separator])
    else { return nil }
    let end = text[separator...].dropFirst()
    guard let last = end.isEmpty ? -1 : Self.number(end) else { return nil }
    // `[1:0]` is one place to Ansible, by the way its code reads the 0.
    self.init(first: first, last: last == 0 ? nil : last)
  }

  init(first: Int, last: Int?) {
    self.first = first
    self.last = last
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.count < 10, text.allSatisfy(\.isASCIIDigit) else { return nil }
    return Int(text)
  }

  /// The items at these places; nil if a single place is past the end.
  func apply<Item>(to items: [Item]) -> [Item]? {
    guard let last else {
      let place = first < 0 ? items.count + first : first
      return items.indices.contains(place) ? [items[place]] : nil
    }
    let end = min(last == -1 ? items.count - 1 : last, items.count - 1)
    return first <= end ? Array(items[first...end]) : []
  }
}
