import Documents
import Foundation

/// A file of `name: value` lines, for `--vars-file`.
public struct VariablesFile: Sendable {
  struct Member: Sendable {
    let name: String
    let line: Int
    let value: Value
  }

  /// As the user named it.
  public let path: String
  let folder: String
  let members: [Member]

  /// - Parameter path: absolute, or relative to the current folder.
  public init(reading path: String) throws(PlaybookError) {
    do {
      try self.init(path: path, text: SourceFile(reading: path).text)
    } catch let error as DocumentError {
      throw PlaybookError(PlaybookProblem(error))
    } catch let error as PlaybookError {
      throw error
    } catch {
      throw PlaybookError(PlaybookProblem(.unreadable, "the file cannot be read", file: path))
    }
  }

  init(path: String, text: String) throws(PlaybookError) {
    self.path = path
    folder = URL(filePath: path).deletingLastPathComponent().path
    let root: YAMLNode?
    do { root = try YAMLReader.read(SourceFile(path: path, text: text)) } catch {
      throw PlaybookError(PlaybookProblem(error))
    }
    guard let root else {
      members = []
      return
    }
    guard let pairs = root.mapping else {
      throw PlaybookError(
        PlaybookProblem(
          .wrongKind, "a file of variables is a mapping of names to values", file: path, line: root.line))
    }
    members = pairs.map { Member(name: $0.name, line: $0.line, value: $0.value.value) }
  }
}
