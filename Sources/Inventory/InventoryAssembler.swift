/// Merges variables and makes the finished inventory out of what was read.
///
/// Ansible: Understanding variable precedence. From weak to strong: `all` in the inventory, other groups in
/// the inventory, `group_vars/all`, other `group_vars`, the host in the inventory, `host_vars`. Among groups,
/// the one farther from `all` wins, then the larger `ansible_group_priority`, then the later name.
struct InventoryAssembler {
  /// How deep groups may be nested.
  static let depthLimit = 200

  private let builder: InventoryBuilder
  private var files: VariableFiles
  private let depths: [Int]

  init(_ builder: InventoryBuilder, files: VariableFiles) {
    var builder = builder
    builder.reconcile()
    self.builder = builder
    self.files = files
    depths = Self.depths(builder.groups)
  }

  /// - Throws: `inventory-too-large` for groups nested too deep, and what reading the files of variables
  ///   throws.
  mutating func assemble() throws(InventoryError) -> Inventory {
    guard depths.allSatisfy({ $0 <= Self.depthLimit }) else {
      throw InventoryError(.tooLarge, "groups are nested more than \(Self.depthLimit) deep")
    }
    var fromFiles: [Variables] = []
    for group in builder.groups {
      try GantryVariable.check(group.vars)
      let variables = try files.variables(.group, group.name)
      try GantryVariable.check(variables)
      fromFiles.append(variables)
    }
    let groups = builder.groups.indices.map { position in
      let record = builder.groups[position]
      var variables = record.vars
      variables.overlay(fromFiles[position])
      return Group(
        name: record.name, hosts: record.hosts.map { builder.hosts[$0].name },
        children: record.children.map { builder.groups[$0].name }, vars: variables, priority: record.priority,
        depth: depths[position])
    }
    let hosts = try hosts(fromFiles)
    return Inventory(groups: groups, hostsByAppearance: hosts, encryptedFiles: files.vaults)
  }

  private mutating func hosts(_ fromFiles: [Variables]) throws(InventoryError) -> [Host] {
    // Most hosts share their groups with many others.
    var shared: [[Int]: (names: [String], vars: Variables)] = [:]
    var hosts: [Host] = []
    hosts.reserveCapacity(builder.hosts.count)
    for record in builder.hosts {
      let common = shared[record.groups] ?? merge(record.groups, fromFiles)
      shared[record.groups] = common
      var variables = common.vars
      try GantryVariable.check(record.vars)
      variables.overlay(record.vars)
      let own = try files.variables(.host, record.name)
      try GantryVariable.check(own)
      variables.overlay(own)
      hosts.append(Host(name: record.name, groups: common.names, vars: variables))
    }
    return hosts
  }

  /// The names of all groups above, and their variables merged.
  private func merge(_ groups: [Int], _ fromFiles: [Variables]) -> (names: [String], vars: Variables) {
    let above = builder.ancestors(of: groups).subtracting([InventoryBuilder.all])
    let sorted = above.sorted { left, right in
      let (a, b) = (builder.groups[left], builder.groups[right])
      if depths[left] != depths[right] { return depths[left] < depths[right] }
      if a.priority != b.priority { return a.priority < b.priority }
      return a.name.codePointsPrecede(b.name)
    }
    let order = [InventoryBuilder.all] + sorted
    var variables = Variables()
    for group in order { variables.overlay(builder.groups[group].vars) }
    for group in order { variables.overlay(fromFiles[group]) }
    return (above.map { builder.groups[$0].name }.sorted { $0.codePointsPrecede($1) }, variables)
  }

  /// The longest way from `all` to every group.
  private static func depths(_ groups: [InventoryBuilder.GroupRecord]) -> [Int] {
    var depths = Array(repeating: 0, count: groups.count)
    var missing = groups.map(\.parents.count)
    var open = groups.indices.filter { missing[$0] == 0 }
    while let group = open.popLast() {
      for child in groups[group].children {
        depths[child] = max(depths[child], depths[group] + 1)
        missing[child] -= 1
        if missing[child] == 0 { open.append(child) }
      }
    }
    return depths
  }
}
