import Documents

extension Inventory {
  /// The most lines of a graph. A group below many parents is drawn below each, which may add up.
  static let graphLimit = 200_000

  /// Groups and hosts as a tree, in the shape of `ansible-inventory --graph`, one line each.
  ///
  /// Names are escaped. Hosts of `all` itself are shown below `ungrouped` or their other groups.
  ///
  /// - Parameter group: Where to start.
  /// - Throws: `inventory-undefined-group` if there is no such group, `inventory-too-large` for very many
  ///   lines.
  public func graph(from group: String = "all") throws(InventoryError) -> [String] {
    guard let start = self.group(group) else {
      throw InventoryError(
        .undefinedGroup, "there is no group \(group.quoted)",
        hint: NearestName.hint(group, in: groups.map(\.name)))
    }
    var lines: [String] = []
    try draw(start, depth: 0, into: &lines)
    return lines
  }

  private func draw(_ group: Group, depth: Int, into lines: inout [String]) throws(InventoryError) {
    lines.append(Self.line("@\(EscapedText(group.name)):", depth))
    for child in group.children {
      if let child = self.group(child) { try draw(child, depth: depth + 1, into: &lines) }
    }
    if group.name != "all" {
      for host in group.hosts { lines.append(Self.line(EscapedText(host).description, depth + 1)) }
    }
    guard lines.count <= Self.graphLimit else {
      throw InventoryError(.tooLarge, "the graph has more than \(Self.graphLimit) lines")
    }
  }

  private static func line(_ text: String, _ depth: Int) -> String {
    depth == 0 ? text : String(repeating: "  |", count: depth) + "--" + text
  }
}
