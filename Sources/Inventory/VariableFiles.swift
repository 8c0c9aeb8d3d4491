import Documents
import Foundation

/// The files in `group_vars/` and `host_vars/` beside an inventory (Ansible: Organizing host and group
/// variables).
///
/// For a group `web` it is the first that exists of `group_vars/web` (a file, or a folder with files in it),
/// `web.yml`, `web.yaml` and `web.json`. A file that is encrypted as a whole is passed over and noted: it
/// matters only if a variable in it is needed, and then that is missing or a template that names it.
struct VariableFiles {
  enum Kind: String {
    case group = "group_vars"
    case host = "host_vars"
  }

  private static let endings = ["", ".yml", ".yaml", ".json"]
  private static let depthLimit = 16

  /// The folders to look in; a later one takes precedence.
  private let folders: [String]
  /// The names in a folder of variables, so that thousands of hosts without a file ask the disk nothing.
  private var listings: [String: Set<String>] = [:]

  /// Files that are encrypted as a whole.
  private(set) var vaults: [String] = []

  init(folders: [String]) { self.folders = folders }

  /// The variables in the files for a group or host.
  ///
  /// - Throws: what ``SourceFile`` and ``YAMLReader`` throw, `inventory-syntax` if a file is no mapping.
  mutating func variables(_ kind: Kind, _ name: String) throws(InventoryError) -> Variables {
    var variables = Variables()
    // A name must not lead out of the folder.
    guard !name.contains("/"), name != ".", name != ".." else { return variables }
    for folder in folders {
      let base = Self.join(folder, kind.rawValue)
      let names = listing(of: base)
      guard let ending = Self.endings.first(where: { names.contains(name + $0) }) else { continue }
      for path in try Self.files(Self.join(base, name + ending), depth: 0) {
        variables.overlay(try read(path))
      }
    }
    return variables
  }

  private mutating func listing(of folder: String) -> Set<String> {
    if let known = listings[folder] { return known }
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    listings[folder] = names
    return names
  }

  private mutating func read(_ path: String) throws(InventoryError) -> Variables {
    let file = try SourceFile(inventory: path)
    guard !file.isVault else {
      vaults.append(path)
      return Variables()
    }
    guard let root = try file.yaml(), !root.isNull else { return Variables() }
    guard let pairs = root.mapping else {
      throw InventoryError(
        .syntax, "a file of variables must be a mapping, and this is \(root.value.kind)", file: path,
        line: root.line, hint: "write name: value")
    }
    return Variables(
      pairs.map { Variables.Entry($0.name, $0.value.value, origin: Origin(file: path, line: $0.line)) })
  }

  /// The file itself, or the files below a folder in the order of their names.
  private static func files(_ path: String, depth: Int) throws(InventoryError) -> [String] {
    switch FileKind(path) {
    case .file: return [path]
    case .folder: break
    case .other, nil:
      throw InventoryError(.unreadable, "this is neither a file nor a folder", file: path)
    }
    guard depth < depthLimit else {
      throw InventoryError(.tooLarge, "folders are nested more than \(depthLimit) deep", file: path)
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw InventoryError(
        .unreadable, "the folder cannot be read", file: path, hint: "check its permissions")
    }
    var found: [String] = []
    for name in names.sorted(by: { $0.codePointsPrecede($1) }) {
      if name.hasPrefix(".") || name.hasSuffix("~") { continue }
      let ending = FileKind.ending(of: name)
      let child = join(path, name)
      switch FileKind(child) {
      case .folder where ending.isEmpty: found += try files(child, depth: depth + 1)
      case .file where endings.contains(ending): found.append(child)
      default: break
      }
    }
    return found
  }

  static func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }
}

extension String {
  /// Whether this comes before another text by code points, as Python sorts.
  func codePointsPrecede(_ other: String) -> Bool {
    unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars)
  }
}
