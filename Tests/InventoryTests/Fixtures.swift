import Foundation

@testable import Inventory

/// The files that tests read.
enum Fixtures {
  /// A file of the test bundle.
  static func resource(_ name: String) -> String {
    Bundle.module.bundleURL.appendingPathComponent(name).path
  }

  /// An inventory below `Fixtures`.
  static func path(_ name: String) -> String { resource("Fixtures/" + name) }
}

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  private let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("inventory-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func url(_ name: String) -> URL { name.isEmpty ? root : root.appendingPathComponent(name) }

  func path(_ name: String) -> String { url(name).path }

  /// Writes a file and gives its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

  @discardableResult
  func write(_ data: Data, to name: String) throws -> String {
    try FileManager.default.createDirectory(
      at: url(name).deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url(name))
    return path(name)
  }
}

/// Loads an inventory out of text.
func load(_ text: String, as name: String = "hosts.yml") throws -> Inventory {
  let folder = try TemporaryFolder()
  return try Inventory.load(path: folder.write(text, to: name))
}

/// The error of an action that must fail.
func failure<Result>(_ action: () throws -> Result) -> InventoryError? {
  do {
    _ = try action()
    return nil
  } catch {
    return error as? InventoryError
  }
}
