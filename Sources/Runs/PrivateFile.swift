import Foundation
import SystemPackage

/// Files and folders that nobody but their owner can read, from the moment they exist.
enum PrivateFile {
  /// Makes a folder and those above it that are missing, with mode 0700.
  static func makeFolder(_ path: FilePath) throws(RunError) {
    var made = FilePath(root: path.root)
    for component in path.components {
      made.append(component)
      guard mkdir(made.string, 0o700) != 0 else { continue }
      let reason = Errno(rawValue: errno)
      if reason == .fileExists { continue }
      // Above an existing folder a read-only or foreign parent answers with another error.
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: made.string, isDirectory: &isFolder), isFolder.boolValue {
        continue
      }
      throw failure("cannot make the folder", made, reason)
    }
  }

  /// Opens a file to append to, made with mode 0600.
  static func openForAppending(_ path: FilePath) throws(RunError) -> FileDescriptor {
    do {
      return try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
    } catch {
      throw failure("cannot open", path, error)
    }
  }

  /// Writes a whole file under its final name: either all of it is there or the old one is.
  static func write(_ data: Data, to path: FilePath) throws(RunError) {
    let temporary = path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "file").new")
    do {
      let file = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
      try file.closeAfter {
        _ = try file.writeAll(data)
        // Without this a crash of the machine may leave the new name with no content.
        if fsync(file.rawValue) != 0 { throw Errno(rawValue: errno) }
      }
    } catch {
      throw failure("cannot write", path, error)
    }
    guard rename(temporary.string, path.string) == 0 else { throw failure("cannot write", path) }
  }

  private static func failure(_ what: String, _ path: FilePath, _ error: (any Error)? = nil) -> RunError {
    let reason = (error as? Errno) ?? Errno(rawValue: errno)
    return RunError(
      .stateUnusable, "\(what) \(path): \(reason)",
      hint: "free space there, or choose another place with --state-dir")
  }
}
