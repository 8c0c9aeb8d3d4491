import Documents

/// Hosts and groups while files are read, in the order in which they appear.
///
/// Follows Ansible's `InventoryData`, for the order of everything depends on its ways.
struct InventoryBuilder {
  /// The most groups that one inventory may have.
  static let groupLimit = 10_000
  /// The most lines of hosts, ranges counted in full, that are read in all.
  static let listingLimit = 1_000_000

  struct HostRecord {
    let name: String
    var vars = Variables()
    /// The groups that list this host.
    var groups: [Int] = []
  }

  struct GroupRecord {
    let name: String
    var vars = Variables()
    var priority = 1
    var hosts: [Int] = []
    var children: [Int] = []
    var parents: [Int] = []
  }

  /// The positions of the two groups that are always there.
  static let all = 0
  static let ungrouped = 1

  private(set) var hosts: [HostRecord] = []
  private(set) var groups: [GroupRecord] = []
  private var hostPositions: [String: Int] = [:]
  private var groupPositions: [String: Int] = [:]
  private var listings = 0
  /// Pairs of group and host or of parent and child that are there already.
  private var memberships: Set<Link> = []
  private var edges: Set<Link> = []

  private struct Link: Hashable {
    let parent: Int
    let member: Int
  }

  init() {
    for name in ["all", "ungrouped"] {
      groupPositions[name] = groups.count
      groups.append(GroupRecord(name: name))
    }
    link(Self.all, Self.ungrouped)
  }

  func group(named name: String) -> Int? { groupPositions[name] }

  /// Adds a group if it is not there.
  mutating func addGroup(_ name: String, at origin: Origin) throws(InventoryError) -> Int {
    if let position = groupPositions[name] { return position }
    try Self.checkName(name, of: "group", at: origin)
    guard groups.count < Self.groupLimit else {
      throw InventoryError(.tooLarge, "there are more than \(Self.groupLimit) groups", at: origin)
    }
    groupPositions[name] = groups.count
    groups.append(GroupRecord(name: name))
    return groups.count - 1
  }

  /// Adds hosts to a group; a port counts only for hosts that are new, as in Ansible.
  mutating func addHosts(
    _ names: [String], to group: Int, port: Int?, at origin: Origin
  ) throws(InventoryError) {
    listings += names.count
    guard listings <= Self.listingLimit else {
      throw InventoryError(.tooLarge, "the ranges list more than \(Self.listingLimit) hosts", at: origin)
    }
    for name in names {
      let host = try addHost(name, port: port, at: origin)
      if memberships.insert(Link(parent: group, member: host)).inserted {
        groups[group].hosts.append(host)
        hosts[host].groups.append(group)
      }
    }
  }

  private mutating func addHost(_ name: String, port: Int?, at origin: Origin) throws(InventoryError) -> Int {
    if let position = hostPositions[name] { return position }
    try Self.checkName(name, of: "host", at: origin)
    guard hosts.count < HostRange.hostLimit else {
      throw InventoryError(.range, "there are more than \(HostRange.hostLimit) hosts", at: origin)
    }
    hostPositions[name] = hosts.count
    hosts.append(HostRecord(name: name))
    if let port, port != 0 {
      hosts[hosts.count - 1].vars.set(Variables.Entry("ansible_port", .int(port), origin: origin))
    }
    return hosts.count - 1
  }

  /// Sets a variable of a group or host. A host with the name of a group gives its variables to the group,
  /// which is what Ansible does, with a warning.
  mutating func set(_ entry: Variables.Entry, of name: String) throws(InventoryError) {
    if let group = groupPositions[name] {
      if entry.name == "ansible_group_priority" {
        groups[group].priority = try Self.priority(entry)
      } else {
        groups[group].vars.set(entry)
      }
    } else if let host = hostPositions[name] {
      hosts[host].vars.set(entry)
    }
  }

  private static func priority(_ entry: Variables.Entry) throws(InventoryError) -> Int {
    switch entry.value {
    case .int(let number): return number
    case .string(let text):
      if let number = Int(text.stripped) { return number }
    default: break
    }
    throw InventoryError(.variable, "ansible_group_priority must be a whole number", at: entry.origin)
  }

  /// Makes a group the child of another.
  ///
  /// - Throws: `inventory-cycle` if the child is already above the parent.
  mutating func addChild(_ child: Int, to parent: Int, at origin: Origin) throws(InventoryError) {
    guard !edges.contains(Link(parent: parent, member: child)) else { return }
    guard parent != child, groups[child].children.isEmpty || !ancestors(of: [parent]).contains(child) else {
      let names = (groups[child].name.quoted, groups[parent].name.quoted)
      throw InventoryError(
        .cycle, "the group \(names.0) cannot be a child of \(names.1), because it is above it", at: origin)
    }
    link(parent, child)
  }

  private mutating func link(_ parent: Int, _ child: Int) {
    edges.insert(Link(parent: parent, member: child))
    groups[parent].children.append(child)
    groups[child].parents.append(parent)
  }

  /// The groups themselves and all groups above them.
  func ancestors(of start: [Int]) -> Set<Int> {
    var seen = Set(start)
    var open = start
    while let group = open.popLast() {
      for parent in groups[group].parents where seen.insert(parent).inserted { open.append(parent) }
    }
    return seen
  }

  /// Puts every group under `all`, and exactly the hosts without another group into `ungrouped`.
  mutating func reconcile() {
    for group in groups.indices.dropFirst() where groups[group].parents.isEmpty { link(Self.all, group) }
    var leaving: Set<Int> = []
    for host in hosts.indices {
      let above = ancestors(of: hosts[host].groups)
      if above.contains(Self.ungrouped) {
        guard above.count > 2 else { continue }
        leaving.insert(host)
        hosts[host].groups.removeAll { $0 == Self.ungrouped }
      } else if above.subtracting([Self.all]).isEmpty {
        groups[Self.ungrouped].hosts.append(host)
        hosts[host].groups.append(Self.ungrouped)
      }
    }
    groups[Self.ungrouped].hosts.removeAll { leaving.contains($0) }
  }

  private static func checkName(_ name: String, of kind: String, at origin: Origin) throws(InventoryError) {
    guard !name.isEmpty else { throw InventoryError(.syntax, "a \(kind) has an empty name", at: origin) }
    guard !name.hasControlCharacters else {
      throw InventoryError(
        .syntax, "the \(kind) name \(name.quoted) has control characters in it", at: origin)
    }
  }
}
