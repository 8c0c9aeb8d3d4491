import Documents
import Foundation

/// Finds out what an inventory source is, and reads it.
///
/// Ansible: Building an inventory: organizing inventory in a directory, and the order of its inventory
/// plug-ins.
struct InventoryLoader {
  private static let depthLimit = 16
  private static let ignoredNames: Set<String> = ["host_vars", "group_vars", "vars_plugins"]
  private static let ignoredEndings = [
    ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry",
  ]

  private var builder = InventoryBuilder()

  /// Reads all sources into one inventory; a later source takes precedence.
  static func load(_ sources: [String]) throws(InventoryError) -> Inventory {
    var loader = InventoryLoader()
    var folders: [String] = []
    for source in sources {
      if source.contains(","), FileKind(source) == nil {
        try loader.readList(source)
        continue
      }
      try loader.read(source, depth: 0)
      folders.append(FileKind(source) == .folder ? source : folder(of: source))
    }
    var assembler = InventoryAssembler(loader.builder, files: VariableFiles(folders: folders))
    return try assembler.assemble()
  }

  /// The folder a file is in: empty for the working folder, so that paths in messages stay as they were
  /// typed.
  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  // MARK: Sources

  /// Reads `a,b,`: names or addresses, with a port and with ranges.
  private mutating func readList(_ list: String) throws(InventoryError) {
    let origin = Origin(file: list)
    for text in list.split(separator: ",").map(\.stripped) where !text.isEmpty {
      let address = HostAddress(text)
      let isRange = HostRange.isRange(address.name)
      let names = isRange ? try HostRange(address.name, at: origin).expanded() : [address.name]
      try builder.addHosts(names, to: InventoryBuilder.ungrouped, port: address.port, at: origin)
    }
  }

  private mutating func read(_ path: String, depth: Int) throws(InventoryError) {
    guard FileKind(path) == .folder else { return try readFile(path) }
    guard depth < Self.depthLimit else {
      throw InventoryError(.tooLarge, "folders are nested more than \(Self.depthLimit) deep", file: path)
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw InventoryError(
        .unreadable, "the folder cannot be read", file: path, hint: "check its permissions")
    }
    for name in names.sorted(by: { $0.codePointsPrecede($1) }) where !Self.isIgnored(name) {
      try read(VariableFiles.join(path, name), depth: depth + 1)
    }
  }

  private static func isIgnored(_ name: String) -> Bool {
    name.hasPrefix(".") || ignoredNames.contains(name) || ignoredEndings.contains { name.hasSuffix($0) }
  }

  // MARK: Files

  private mutating func readFile(_ path: String) throws(InventoryError) {
    let file = try SourceFile(inventory: path)
    guard !file.isVault else {
      throw InventoryError(
        .vault, "the inventory is encrypted with ansible-vault", file: path, line: 1,
        hint: "ansible-vault view \(path) shows it; gantry cannot decrypt it")
    }
    // Only what looks like a program: on a USB stick every file is executable.
    guard !file.text.hasPrefix("#!") || !FileManager.default.isExecutableFile(atPath: path) else {
      throw InventoryError(
        .unsupported, "inventory scripts are not run", file: path, line: 1,
        hint: "save what it makes: ansible-inventory -i \(path) --list --yaml > hosts.yml")
    }
    switch FileKind.ending(of: path) {
    case ".yml", ".yaml", ".json": try readYAML(file)
    case ".toml":
      throw InventoryError(
        .unsupported, "TOML inventories are not read", file: path, hint: "convert it to YAML or INI")
    case "": try readEither(file)
    default: try INIInventory.parse(file, into: &builder)
    }
  }

  private mutating func readYAML(_ file: SourceFile) throws(InventoryError) {
    do {
      guard let root = try file.yaml(), !root.isNull else { return }
      try YAMLInventory.parse(root, path: file.path, into: &builder)
    } catch  where error.code == .syntax && Self.firstLine(file).hasPrefix("[") {
      throw InventoryError(
        .syntax, error.message, file: error.file, line: error.line,
        hint: "if this is an INI inventory, give the file the ending .ini")
    }
  }

  /// Without an ending it is YAML if it reads as a mapping, and INI otherwise, as in Ansible.
  private mutating func readEither(_ file: SourceFile) throws(InventoryError) {
    do {
      if let root = try file.yaml(), root.mapping != nil {
        return try YAMLInventory.parse(root, path: file.path, into: &builder)
      }
    } catch  where Self.looksLikeYAML(file) {
      throw error
    } catch {
      // It is not YAML, and does not look as if it were meant to be.
    }
    try INIInventory.parse(file, into: &builder)
  }

  private static func looksLikeYAML(_ file: SourceFile) -> Bool {
    let line = firstLine(file)
    return line == "---" || line.hasPrefix("--- ") || line.hasPrefix("{")
      || line.prefix(while: { $0 != "#" }).stripped.hasSuffix(":")
  }

  /// The first line that is neither empty nor a comment.
  private static func firstLine(_ file: SourceFile) -> String {
    for line in file.text.split(whereSeparator: \.isNewline) {
      let text = line.stripped
      if !text.isEmpty, !text.hasPrefix("#"), !text.hasPrefix(";") { return text }
    }
    return ""
  }
}
