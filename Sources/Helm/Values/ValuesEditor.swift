import Documents
import Yams

/// Changes single values of a YAML text and leaves the rest of it as somebody wrote it: comments, order, quotes,
/// indentation, line breaks.
///
/// After each edit the text is read again, and unless it then stands for exactly the intended tree, the edit is refused
/// and the text stays as it was. So a form of YAML that the editor does not know costs an error, never a value.
public struct ValuesEditor: Sendable {
  public private(set) var text: String
  /// What the text stands for.
  public private(set) var tree: Value
  private let file: String

  /// - Parameter file: the text's name, for messages.
  /// - Throws: `bad-yaml`.
  public init(_ text: String, file: String = "the values") throws(HelmError) {
    self.text = text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
    self.file = file
    tree = try Self.read(self.text, file)
  }

  /// Gives the value at `path` another value; makes the key, at the end of its mapping, where it is missing.
  ///
  /// - Throws: `cannot-edit`, `no-such-key` where the way leads through something that is no mapping.
  public mutating func set(_ path: ValuePath, to value: Value) throws(HelmError) {
    guard let intended = tree.setting(path.steps[...], to: value) else {
      throw HelmError(.noSuchKey, "\(file): there is no place for \(path.description.quoted)")
    }
    guard intended != tree else { return }
    let surgery = YAMLSurgery(locator: try YAMLLocator(text))
    try take(try surgery.setting(path, to: value), intended, path)
  }

  /// Gives the key at `path` another name; its value and its place stay.
  ///
  /// - Throws: `cannot-edit`, `no-such-key` where the key is missing or the new one is there.
  public mutating func rename(_ path: ValuePath, to name: String) throws(HelmError) {
    guard let intended = tree.renaming(path.steps[...], to: name) else {
      throw HelmError(
        .noSuchKey,
        "\(file): \(path.description.quoted) cannot become \(name.quoted): one is missing, or the other is there"
      )
    }
    let surgery = YAMLSurgery(locator: try YAMLLocator(text))
    try take(try surgery.renaming(path, to: name), intended, path)
  }

  /// Takes the key or item at `path` away.
  ///
  /// - Throws: `cannot-edit`, `no-such-key`.
  public mutating func delete(_ path: ValuePath) throws(HelmError) {
    guard !path.steps.isEmpty, let intended = tree.removing(path.steps[...]) else {
      throw HelmError(.noSuchKey, "\(file): there is no \(path.description.quoted)")
    }
    let surgery = YAMLSurgery(locator: try YAMLLocator(text))
    try take(try surgery.deleting(path), intended, path)
  }

  private mutating func take(_ new: String, _ intended: Value, _ path: ValuePath) throws(HelmError) {
    guard let read = try? Self.read(new, file), read == intended else {
      throw HelmError(
        .cannotEdit, "\(file): \(path.description.quoted) is in a form of YAML that is read but not changed",
        hint: "make the change by hand, and give the file with --values")
    }
    text = new
    tree = read
  }

  private static func read(_ text: String, _ file: String) throws(HelmError) -> Value {
    do {
      return try YAMLReader.read(SourceFile(path: file, text: text))?.value ?? .null
    } catch {
      throw HelmError(
        .badYAML, "\(file): " + (error.line.map { "line \($0): " } ?? "") + error.message, hint: error.hint)
    }
  }
}
