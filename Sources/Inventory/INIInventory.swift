import Documents

/// Reads an Ansible INI inventory (Ansible: `ansible.builtin.ini` inventory source).
///
/// Sections are `[group]` with hosts, `[group:vars]` with variables and `[group:children]` with groups. A
/// line before the first section names a host without a group.
struct INIInventory {
  private enum Section: String, CaseIterable {
    case hosts, children, vars
  }

  /// A group that was named before it was defined.
  private struct Pending {
    let section: Section
    let line: Int
    var parents: [(group: Int, line: Int)] = []
  }

  private let path: String
  private var line = 0
  private var group = "ungrouped"
  private var section = Section.hosts
  private var pending: [String: Pending] = [:]
  private var listings: [String: HostListing] = [:]

  /// Adds what a file defines.
  static func parse(_ file: SourceFile, into builder: inout InventoryBuilder) throws(InventoryError) {
    var inventory = INIInventory(path: file.path)
    for line in file.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      inventory.line += 1
      try inventory.read(line.stripped, into: &builder)
    }
    try inventory.checkPending()
  }

  private init(path: String) { self.path = path }

  private var origin: Origin { Origin(file: path, line: line) }

  private func error(_ message: String, hint: String? = nil) -> InventoryError {
    InventoryError(.syntax, message, at: origin, hint: hint)
  }

  private mutating func read(_ text: String, into builder: inout InventoryBuilder) throws(InventoryError) {
    guard let first = text.first, first != "#", first != ";" else { return }
    if let header = INIHeader(text) {
      try enter(header, into: &builder)
      return
    }
    if first == "[" && (text.hasSuffix("]") || !text.contains(":")) {
      throw error(
        "the section \(text.quoted) is not valid", hint: "write [group], [group:children] or [group:vars]")
    }
    switch section {
    case .hosts: try readHosts(text, into: &builder)
    case .vars: try readVariable(text, into: &builder)
    case .children: try readChild(text, into: &builder)
    }
  }

  // MARK: Sections

  private mutating func enter(
    _ header: INIHeader, into builder: inout InventoryBuilder
  ) throws(InventoryError) {
    guard let section = Section(rawValue: header.kind ?? "hosts") else {
      let kind = header.kind ?? ""
      throw InventoryError(
        .unknownKey, "the section [\(header.group):\(kind)] has the unknown kind \(kind.quoted)", at: origin,
        hint: NearestName.hint(kind, in: Section.allCases.map(\.rawValue))
          ?? "a group has only children and vars")
    }
    self.section = section
    group = header.group
    let waiting = pending[group]
    if builder.group(named: group) == nil {
      // Variables alone do not define a group, so that a misspelled name is found.
      if section == .vars, waiting == nil { pending[group] = Pending(section: .vars, line: line) }
    }
    let position = try builder.addGroup(group, at: origin)
    guard let waiting, section != .vars else { return }
    for parent in waiting.parents {
      try builder.addChild(position, to: parent.group, at: Origin(file: path, line: parent.line))
    }
    pending[group] = nil
  }

  private func checkPending() throws(InventoryError) {
    guard let (name, first) = pending.min(by: { $0.value.line < $1.value.line }) else { return }
    let message =
      first.section == .vars
      ? "[\(name):vars] is there, but the group \(name.quoted) is not"
      : "the group \(name.quoted) is a child here and is not defined anywhere"
    throw InventoryError(
      .undefinedGroup, message, file: path, line: first.line,
      hint: "add a section [\(name)], or correct the name")
  }

  // MARK: Lines

  private mutating func readHosts(_ text: String, into builder: inout InventoryBuilder) throws(InventoryError)
  {
    let words: [String]
    do {
      words = try ShellWords.split(text)
    } catch {
      let problem = error == .unclosedQuote ? "a quote is not closed" : "a backslash ends the line"
      throw self.error(problem, hint: "quote the whole value: name='it is'")
    }
    guard let host = words.first else { return }
    guard host != "---" else {
      throw error("'---' begins a YAML file", hint: "give the file the ending .yml")
    }
    var variables: [Variables.Entry] = []
    for word in words.dropFirst() {
      guard let variable = variable(word, strips: false) else {
        throw error("\(word.quoted) is not a variable", hint: "write name=value, without spaces around the =")
      }
      variables.append(variable)
    }
    let (names, port) = try listings[group, default: HostListing()].add(host, at: origin)
    guard port != nil || !host.hasSuffix(":") else {
      throw error(
        "the host \(host.quoted) ends in a colon", hint: "write name:port, or give the file the ending .yml")
    }
    guard let position = builder.group(named: group) else { return }
    try builder.addHosts(names, to: position, port: port, at: origin)
    for name in names {
      for variable in variables { try builder.set(variable, of: name) }
    }
  }

  private func readVariable(_ text: String, into builder: inout InventoryBuilder) throws(InventoryError) {
    guard let variable = variable(text, strips: true) else {
      throw error("\(text.quoted) is not a variable", hint: "write name=value")
    }
    try builder.set(variable, of: group)
  }

  private func variable(_ text: String, strips: Bool) -> Variables.Entry? {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let name = String(text[..<equals])
    let value = String(text[equals...].dropFirst())
    return Variables.Entry(
      strips ? name.stripped : name, PythonLiteral.value(of: strips ? value.stripped : value), origin: origin)
  }

  private mutating func readChild(_ text: String, into builder: inout InventoryBuilder) throws(InventoryError)
  {
    guard let name = INIHeader.groupName(text) else {
      throw error("\(text.quoted) is not the name of a group", hint: "write one group on each line")
    }
    guard let parent = builder.group(named: group) else { return }
    if let child = builder.group(named: name) {
      try builder.addChild(child, to: parent, at: origin)
    } else {
      pending[name, default: Pending(section: .children, line: line)].parents.append((parent, line))
    }
  }
}
