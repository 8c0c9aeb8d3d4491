import Documents

/// Which hosts to work on (Ansible: Patterns: targeting hosts and groups).
///
/// - `all`, `*`, names of hosts and groups, and globs such as `web*.example.com`
/// - `web:db` or `web,db`: the hosts of both; `web:&staging`: of the first that are in the second too;
///   `web:!node3`: of the first without the second
/// - `web[0]`, `web[-1]`, `web[0:2]`: by their place in the group, from 0, both ends included
/// - `node[1:20]`: a range of host names, where no group has the name `node`
/// - `~node\d+`: a regular expression, matched from the beginning
/// - `@failed.txt`: a file with one pattern on each line
///
/// Whatever their order, what adds hosts goes first, then `&`, then `!`.
public struct HostPattern: Sendable, Hashable {
  enum Operation: Sendable, Hashable { case union, intersection, exclusion }

  /// One part of a pattern.
  struct Term: Sendable, Hashable {
    let operation: Operation
    /// The text without `&` and `!`.
    let text: String

    init(_ text: String) {
      switch text.first {
      case "!": (operation, self.text) = (.exclusion, String(text.dropFirst()))
      case "&": (operation, self.text) = (.intersection, String(text.dropFirst()))
      default: (operation, self.text) = (.union, text)
      }
    }
  }

  /// The pattern as it was written.
  public let text: String

  /// The parts in the order in which they are applied.
  let terms: [Term]

  /// Every host.
  public static let all = HostPattern("all", terms: [Term("all")])

  private init(_ text: String, terms: [Term]) {
    self.text = text
    self.terms = terms
  }

  /// Reads a pattern, and the files it names with `@`.
  ///
  /// - Throws: `inventory-pattern` if it is empty; `inventory-not-found` and its like for an `@file`.
  public init(_ text: String) throws(InventoryError) {
    var parts: [String] = []
    for part in Self.split(text) {
      if part.hasPrefix("@") {
        let file = try SourceFile(inventory: String(part.dropFirst()))
        parts += file.text.split(whereSeparator: \.isNewline).map(\.stripped).filter { !$0.isEmpty }
      } else {
        parts.append(part)
      }
    }
    let terms = parts.map(Term.init)
    guard !terms.isEmpty, terms.allSatisfy({ !$0.text.isEmpty }) else {
      throw InventoryError(
        .pattern,
        terms.isEmpty ? "the host pattern is empty" : "the host pattern \(text.quoted) has an empty part",
        hint: "all selects every host")
    }
    let added = terms.filter { $0.operation == .union }
    self.init(
      text,
      terms: (added.isEmpty ? [Term("all")] : added) + terms.filter { $0.operation == .intersection }
        + terms.filter { $0.operation == .exclusion })
  }

  /// The parts between commas or, if there are none, between colons that are not in brackets.
  ///
  /// What reads as one address, such as `node[1:20]` or `::1`, is not split (Ansible: `split_host_pattern`).
  static func split(_ text: String) -> [String] {
    if text.contains(",") { return text.split(separator: ",").map(\.stripped).filter { !$0.isEmpty } }
    if HostAddress.parse(text) != nil { return [text] }
    var parts: [String] = []
    var part = ""
    var rest = Substring(text)
    while let first = rest.popFirst() {
      if first == "[", let end = rest.firstIndex(of: "]") {
        part += "[" + rest[...end]
        rest = rest[end...].dropFirst()
      } else if first == ":" || first == "[" || first == "]" || first.isWhitespace {
        parts.append(part)
        part = ""
      } else {
        part.append(first)
      }
    }
    parts.append(part)
    return parts.filter { !$0.isEmpty }
  }
}
