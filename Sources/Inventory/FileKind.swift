import Foundation

/// What a path leads to, symbolic links followed.
enum FileKind {
  case file, folder, other

  /// Nil if there is nothing.
  init?(_ path: String) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    if isFolder.boolValue {
      self = .folder
      return
    }
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let type = (try? FileManager.default.attributesOfItem(atPath: target))?[.type] as? FileAttributeType
    self = type == .typeRegular ? .file : .other
  }

  /// The ending of a file name with its dot, in which leading dots do not count (Python: `os.path.splitext`).
  static func ending(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    let stem = name.drop { $0 == "." }
    return stem.lastIndex(of: ".").map { String(stem[$0...]) } ?? ""
  }
}
