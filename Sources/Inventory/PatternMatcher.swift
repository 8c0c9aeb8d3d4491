import Documents
import Foundation

/// Applies a pattern to an inventory, as Ansible's `InventoryManager` does.
struct PatternMatcher {
  /// For how many misspelled parts the nearest name is looked up, which takes time in a large inventory.
  private static let hintLimit = 5

  private let inventory: Inventory

  init(_ inventory: Inventory) { self.inventory = inventory }

  func select(_ pattern: HostPattern) throws(InventoryError) -> Selection {
    var selected: [Int] = []
    var warnings: [String] = []
    var unmatched: [String] = []
    for term in pattern.terms {
      let matched = try matches(term.text)
      if matched.isEmpty, term.text != "all" {
        unmatched.append(term.text)
        var warning = "no host or group matches \(term.text.quoted)"
        if unmatched.count <= Self.hintLimit, let hint = hint(term.text) { warning += ", " + hint }
        warnings.append(warning)
      }
      switch term.operation {
      case .union:
        let present = Set(selected)
        selected += matched.filter { !present.contains($0) }
      case .intersection:
        let kept = Set(matched)
        selected.removeAll { !kept.contains($0) }
      case .exclusion:
        let removed = Set(matched)
        selected.removeAll { removed.contains($0) }
      }
    }
    var seen: Set<Int> = []
    let hosts = selected.filter { seen.insert($0).inserted }.map { inventory.hosts[$0] }
    guard !hosts.isEmpty else {
      throw InventoryError(
        .pattern,
        inventory.hosts.isEmpty
          ? "the inventory has no hosts" : "the pattern \(pattern.text.quoted) selects no host",
        hint: unmatched.prefix(Self.hintLimit).lazy.compactMap(hint).first
          ?? "gantry inventory graph shows the groups and hosts there are")
    }
    return Selection(hosts: hosts, warnings: warnings)
  }

  private func hint(_ text: String) -> String? {
    NearestName.hint(text, in: inventory.groups.map(\.name) + inventory.hosts.map(\.name))
  }

  /// Positions of the hosts that match one part, in order; a host may be there twice, as subscripts count it
  /// twice.
  private func matches(_ text: String) throws(InventoryError) -> [Int] {
    if let host = inventory.hostPosition(text) { return [host] }
    // A range in the middle of a name cannot be a subscript, and as a glob it would match single digits.
    if Self.hasInnerRange(text), let hosts = rangeMatches(text) { return hosts }
    let (name, subscripted) = PatternSubscript.split(text)
    let matched = try named(name)
    if matched.isEmpty { return rangeMatches(text) ?? [] }
    guard let subscripted else { return matched }
    guard let chosen = subscripted.apply(to: matched) else {
      throw InventoryError(
        .pattern, "\(text.quoted) is past the end: \(name.quoted) has \(matched.count) hosts",
        hint: "places count from 0")
    }
    return chosen
  }

  /// The hosts of matching groups; and the matching hosts, if no group matches or the text is a pattern.
  private func named(_ text: String) throws(InventoryError) -> [Int] {
    let matcher = try matcher(text)
    let groups = inventory.groups.filter { matcher($0.name) }
    var hosts = groups.flatMap { inventory.hosts(in: $0.name) }.compactMap { inventory.hostPosition($0.name) }
    if groups.isEmpty || text.hasPrefix("~") || text.contains(where: { ".?*[".contains($0) }) {
      hosts += inventory.appearance.filter { matcher(inventory.hosts[$0].name) }
    }
    return hosts
  }

  private func matcher(_ text: String) throws(InventoryError) -> (String) -> Bool {
    guard text.hasPrefix("~") else {
      let glob = Glob(text)
      return glob.matches
    }
    let expression: NSRegularExpression
    do {
      expression = try NSRegularExpression(pattern: String(text.dropFirst()))
    } catch {
      throw InventoryError(.pattern, "\(text.quoted) is not a regular expression")
    }
    return { name in
      let range = NSRange(name.startIndex..., in: name)
      return expression.firstMatch(in: name, options: .anchored, range: range) != nil
    }
  }

  // MARK: Ranges of names

  /// The hosts of a range such as `node[01:20]` that there are; nil if it is not a range.
  private func rangeMatches(_ text: String) -> [Int]? {
    guard !text.hasPrefix("~"), text.contains("["), let range = try? HostRange(text) else { return nil }
    return range.expanded().compactMap(inventory.hostPosition)
  }

  /// Whether there is a bracket with a colon in it before the end.
  private static func hasInnerRange(_ text: String) -> Bool {
    guard let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]") else {
      return false
    }
    return text[open..<close].contains(":") && text.index(after: close) != text.endIndex
  }
}
