import Foundation
import Testing

/// The arrows between modules, as the package itself tells them, against those the design allows.
@Suite struct HouseTests {
  static let allowed: [String: Set<String>] = [
    "gantry": ["GantryCommands"],
    "GantryCommands": [
      "Documents", "Fleet", "Helm", "Images", "Inventory", "Playbooks", "Registry", "Runs", "SSH",
      "Terminal",
    ],
    "Terminal": ["Fleet"],
    "Runs": ["Fleet"],
    "Registry": ["Documents", "Fleet", "Helm", "Images", "Inventory"],
    "SSH": ["CKeyStream", "CLibSSH2", "Fleet", "Inventory"],
    "Fleet": ["Containerd", "Documents", "Helm", "Images", "Inventory", "Playbooks"],
    "Playbooks": ["BuiltInPlaybooks", "Documents", "Helm", "Inventory"],
    "BuiltInPlaybooks": [],
    "Helm": ["Documents", "Images"],
    "Containerd": ["Images"],
    "Images": ["CLibArchive"],
    "Inventory": ["Documents"],
    "Documents": [],
    "CKeyStream": [],
  ]

  struct Package: Decodable {
    struct Target: Decodable {
      let name: String
      let type: String
      let path: String
      let target_dependencies: [String]?
    }
    let targets: [Target]
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func arrowsPointOneWay() throws {
    let package = try Self.describe()
    for target in package.targets where target.type == "library" || target.type == "executable" {
      let allowed = try #require(
        Self.allowed[target.name], "the design does not know the module \(target.name)")
      let actual = Set(target.target_dependencies ?? [])
      #expect(actual.isSubset(of: allowed), "\(target.name) imports \(actual.subtracting(allowed).sorted())")
    }
  }

  /// An import that the manifest does not declare still builds when another target pulls the module in.
  @Test func sourcesImportOnlyWhatTheirModuleDeclares() throws {
    for (module, allowed) in Self.allowed {
      let foreign = Set(Self.allowed.keys).union(["CLibSSH2", "CLibArchive"]).subtracting(allowed)
        .subtracting([module])
      for file in try Self.swiftFiles(under: Self.root.appending(path: "Sources/\(module)")) {
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        where line.hasPrefix("import ") {
          #expect(!foreign.contains(String(line.dropFirst(7))), "\(file.lastPathComponent): \(line)")
        }
      }
    }
  }

  @Test func noSourceFileIsTwoFiles() throws {
    for file in try Self.swiftFiles(under: Self.root.appending(path: "Sources")) {
      let lines = try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 400, "\(file.lastPathComponent) has \(lines.count) lines")
    }
  }

  private static func describe() throws -> Package {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // A scratch path of its own: the one of the running test is locked.
    let scratch = FileManager.default.temporaryDirectory.appending(path: "gantry-house-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    process.arguments = [
      "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path, "describe", "--type",
      "json",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try JSONDecoder().decode(Package.self, from: data)
  }

  private static func swiftFiles(under folder: URL) throws -> [URL] {
    let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (all?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
  }
}
