import Foundation

/// A text file read within limits.
package struct SourceFile: Sendable {
  /// The largest file that is read, in bytes.
  package static let sizeLimit = 16 * 1024 * 1024
  /// The first line of a file encrypted with `ansible-vault encrypt`.
  static let vaultHeader = "$ANSIBLE_VAULT"

  /// The path, as the user named it.
  package let path: String
  /// The text, without a byte order mark.
  package let text: String

  package var isVault: Bool { text.hasPrefix(Self.vaultHeader) }

  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  /// Reads a file.
  ///
  /// - Throws: `not-found`, `unreadable`, `too-large`, `encoding`.
  package init(reading path: String) throws(DocumentError) {
    let data = try Self.contents(of: path)
    guard data.count <= Self.sizeLimit else {
      throw DocumentError(
        .tooLarge, "the file is larger than \(Self.sizeLimit >> 20) MiB", file: path,
        hint: "a short text file is needed here; check the path")
    }
    guard var text = String(validating: data, as: UTF8.self) else {
      throw DocumentError(
        .encoding, "the file is not UTF-8 text", file: path, line: Self.firstInvalidLine(data),
        hint: "save it as UTF-8")
    }
    if text.unicodeScalars.first == "\u{feff}" { text.unicodeScalars.removeFirst() }
    self.init(path: path, text: text)
  }

  private static func contents(of path: String) throws(DocumentError) -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DocumentError(.notFound, "no such file or folder", file: path)
    }
    guard !isFolder.boolValue else {
      throw DocumentError(.unreadable, "this is a folder, where a file is needed", file: path)
    }
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      // The size on disk says nothing about a pipe, so the reading itself is what is limited.
      var bytes: [UInt8] = []
      while bytes.count <= sizeLimit, let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
        bytes.append(contentsOf: chunk)
      }
      return bytes
    } catch {
      throw DocumentError(
        .unreadable, "the file cannot be read", file: path, hint: "check its permissions")
    }
  }

  private static func firstInvalidLine(_ data: [UInt8]) -> Int? {
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 }
  }
}

extension StringProtocol {
  /// This text without white space at both ends, as Python's `str.strip` leaves it.
  package var stripped: String { trimmingCharacters(in: .whitespacesAndNewlines) }

  /// Whether there is a character in this text that would act on a terminal.
  package var hasControlCharacters: Bool {
    unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
