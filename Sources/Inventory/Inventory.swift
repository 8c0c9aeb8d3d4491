/// The hosts and groups of one inventory, with all variables merged.
///
/// It reads the files people already have: Ansible's YAML and INI inventories, folders of them, and the
/// `group_vars/` and `host_vars/` beside them. Nothing is executed, decrypted or templated.
public struct Inventory: Sendable {
  /// All hosts, in the order in which `ansible all --list-hosts` lists them.
  public let hosts: [Host]
  /// All groups in the order in which they appear; `all` and `ungrouped` come first and are always there.
  public let groups: [Group]
  /// Files of variables that are encrypted with ansible-vault and were passed over.
  public let encryptedFiles: [String]

  /// Positions in ``hosts``, in the order in which the files name them, which is what globs go by.
  let appearance: [Int]
  private let hostPositions: [String: Int]
  private let groupPositions: [String: Int]

  init(groups: [Group], hostsByAppearance: [Host], encryptedFiles: [String]) {
    self.groups = groups
    self.encryptedFiles = encryptedFiles
    groupPositions = Dictionary(uniqueKeysWithValues: zip(groups.map(\.name), groups.indices))
    let byName = Dictionary(uniqueKeysWithValues: hostsByAppearance.map { ($0.name, $0) })
    let names = Self.hostNames(of: "all", groups, groupPositions)
    hosts = names.compactMap { byName[$0] }
    let positions = Dictionary(uniqueKeysWithValues: zip(hosts.map(\.name), hosts.indices))
    appearance = hostsByAppearance.compactMap { positions[$0.name] }
    hostPositions = positions
  }

  /// Reads an inventory: a file, a folder, or a list of names with a comma in it (`a,b` or `a,`).
  ///
  /// - Parameter path: As the user gave it; messages name files by it.
  /// - Throws: ``InventoryError`` with the file and, where there is one, the line.
  public static func load(path: String) throws(InventoryError) -> Inventory {
    try InventoryLoader.load([path])
  }

  /// Reads several sources into one inventory, as with several `-i`; a later one takes precedence.
  public static func load(paths: [String]) throws(InventoryError) -> Inventory {
    try InventoryLoader.load(paths)
  }

  /// The host of that name.
  public func host(_ name: String) -> Host? { hostPositions[name].map { hosts[$0] } }

  /// The group of that name.
  public func group(_ name: String) -> Group? { groupPositions[name].map { groups[$0] } }

  /// All hosts of a group and of the groups below it, as Ansible orders them; none if there is no such group.
  public func hosts(in group: String) -> [Host] {
    Self.hostNames(of: group, groups, groupPositions).compactMap(host)
  }

  /// The hosts that a pattern selects, in the order of the pattern.
  ///
  /// - Throws: `inventory-pattern` if the pattern is wrong or selects no host.
  public func select(_ pattern: HostPattern) throws(InventoryError) -> Selection {
    try PatternMatcher(self).select(pattern)
  }

  /// The hosts that a pattern such as `web:!node3` selects; see ``HostPattern``.
  ///
  /// - Throws: `inventory-pattern` if the pattern is wrong or selects no host; what reading an `@file`
  ///   throws.
  public func select(_ pattern: String) throws(InventoryError) -> Selection {
    try select(HostPattern(pattern))
  }

  func hostPosition(_ name: String) -> Int? { hostPositions[name] }

  /// Group by group, one level of children after the other, each host where it first appears.
  private static func hostNames(
    of name: String, _ groups: [Group], _ positions: [String: Int]
  ) -> [String] {
    guard let start = positions[name] else { return [] }
    var queue = [start]
    var seenGroups: Set<Int> = [start]
    var seen: Set<String> = []
    var names: [String] = []
    var next = 0
    while next < queue.count {
      let group = groups[queue[next]]
      next += 1
      for host in group.hosts where seen.insert(host).inserted { names.append(host) }
      for child in group.children {
        guard let position = positions[child], seenGroups.insert(position).inserted else { continue }
        queue.append(position)
      }
    }
    return names
  }
}

/// What a pattern selected.
public struct Selection: Sendable, Equatable {
  /// The hosts, each once, in the order of the pattern; `ansible PATTERN --list-hosts` lists them so.
  public let hosts: [Host]
  /// Parts of the pattern that matched nothing, one line each; most likely misspelled.
  public let warnings: [String]
}
