import Foundation

/// Paths as the operator writes them.
enum Paths {
  /// An absolute form of `path`; `~` and `~/…` mean the home folder.
  static func absolute(_ path: String) -> String {
    let expanded = NSString(string: path).expandingTildeInPath
    if expanded.hasPrefix("/") { return expanded }
    return URL(
      fileURLWithPath: expanded, relativeTo: URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    )
    .standardizedFileURL.path
  }

  /// As ``absolute(_:)``, but for `host1,host2,`, which is an inventory without a file.
  static func inventory(_ text: String) -> String { text.contains(",") ? text : absolute(text) }
}
