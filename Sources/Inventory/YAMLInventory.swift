import Documents

/// Reads an Ansible YAML inventory (Ansible: `ansible.builtin.yaml` inventory source).
///
/// Every key at the top is a group; a group has `hosts`, `children` and `vars`. Where Ansible warns about
/// anything else and goes on without it, this is an error: a misspelled `hosts` would lose hosts.
struct YAMLInventory {
  private static let sections = ["vars", "children", "hosts"]

  private let path: String

  /// Adds what a document defines.
  static func parse(_ root: YAMLNode, path: String, into builder: inout InventoryBuilder)
    throws(InventoryError)
  {
    guard let groups = root.mapping else {
      throw InventoryError(
        .syntax, "an inventory must be a mapping of groups", file: path, line: root.line,
        hint: "start with all: and put hosts: below it")
    }
    if let plugin = groups.first(where: { $0.name == "plugin" }), !plugin.value.isNull,
      plugin.value.mapping == nil
    {
      throw InventoryError(
        .unsupported, "inventory plug-ins are not run", file: path, line: plugin.line,
        hint: "save what it makes: ansible-inventory -i \(path) --list --yaml > hosts.yml")
    }
    let inventory = YAMLInventory(path: path)
    for group in groups { _ = try inventory.group(group, into: &builder) }
  }

  private func group(_ pair: YAMLNode.Pair, into builder: inout InventoryBuilder) throws(InventoryError)
    -> Int
  {
    let name = try string(pair, "group")
    let origin = Origin(file: path, line: pair.line)
    let group = try builder.addGroup(name, at: origin)
    guard !pair.value.isNull else { return group }
    guard let sections = pair.value.mapping else {
      throw InventoryError(
        .syntax, "the group \(name.quoted) must be a mapping with hosts, children or vars", at: origin)
    }
    // All keys first: what is half right is not read at all.
    for section in sections where !Self.sections.contains(section.name) {
      throw unknownSection(section, in: name)
    }
    for section in sections {
      let pairs = try members(of: section, group: name)
      switch section.name {
      case "vars":
        for variable in pairs { try builder.set(entry(variable), of: name) }
      case "children":
        for child in pairs {
          let position = try self.group(child, into: &builder)
          try builder.addChild(position, to: group, at: Origin(file: path, line: child.line))
        }
      default:
        try hosts(pairs, of: group, into: &builder)
      }
    }
    return group
  }

  private func hosts(
    _ pairs: [YAMLNode.Pair], of group: Int, into builder: inout InventoryBuilder
  ) throws(InventoryError) {
    var listing = HostListing()
    for pair in pairs {
      let origin = Origin(file: path, line: pair.line)
      let (names, port) = try listing.add(try string(pair, "host"), at: origin)
      guard let variables = pair.value.isNull ? [] : pair.value.mapping else {
        throw InventoryError(
          .syntax, "the host \(pair.name.quoted) must be empty or a mapping of variables", at: origin)
      }
      try builder.addHosts(names, to: group, port: port, at: origin)
      for name in names {
        for variable in variables { try builder.set(entry(variable), of: name) }
      }
    }
  }

  /// The pairs of a section; `hosts: name` stands for one host without variables.
  private func members(
    of section: YAMLNode.Pair, group: String
  ) throws(InventoryError) -> [YAMLNode.Pair] {
    if let pairs = section.value.mapping { return pairs }
    if section.value.isNull { return [] }
    if case .scalar(.string(let name)) = section.value.content, section.name != "vars" {
      let empty = YAMLNode(line: section.value.line, content: .scalar(.null))
      return [YAMLNode.Pair(key: .string(name), line: section.value.line, value: empty)]
    }
    throw InventoryError(
      .syntax,
      "\(section.name) of the group \(group.quoted) must be a mapping, and is \(section.value.value.kind)",
      file: path, line: section.line,
      hint: section.name == "vars"
        ? "write name: value" : "write each name with a colon at its end, without a dash")
  }

  private func unknownSection(_ section: YAMLNode.Pair, in group: String) -> InventoryError {
    var hint = NearestName.hint(section.name, in: Self.sections)
    if hint == nil, section.value.mapping != nil || section.value.isNull {
      hint = "a group inside a group goes below children:, a host below hosts:"
    }
    return InventoryError(
      .unknownKey,
      "the group \(group.quoted) has no key \(section.name.quoted), only hosts, children and vars",
      file: path, line: section.line, hint: hint)
  }

  private func entry(_ pair: YAMLNode.Pair) -> Variables.Entry {
    Variables.Entry(pair.name, pair.value.value, origin: Origin(file: path, line: pair.line))
  }

  /// A name; YAML 1.1 reads a name such as `on` or `12` as something else than text.
  private func string(_ pair: YAMLNode.Pair, _ kind: String) throws(InventoryError) -> String {
    guard case .string(let name) = pair.key else {
      throw InventoryError(
        .syntax, "the \(kind) name \(pair.name.quoted) is read as \(pair.key.kind)", file: path,
        line: pair.line,
        hint: "put it in quotes")
    }
    return name
  }
}
