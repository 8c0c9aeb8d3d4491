import Documents

/// Applies migrations to a release's values.
public struct ValuesMigrator: Sendable {
  public let from: ChartVersion?
  public let to: ChartVersion

  /// - Parameter from: the running version; nil where nobody knows it.
  public init(from: ChartVersion?, to: ChartVersion) {
    self.from = from
    self.to = to
  }

  /// Applies those that are meant for this step, in their order.
  ///
  /// - Returns: the IDs of those that changed something.
  /// - Throws: `cannot-migrate`, `cannot-edit`, `bad-key-path`; the editor may then hold some of the changes.
  public func apply(_ migrations: [ValueMigration], to editor: inout ValuesEditor) throws(HelmError)
    -> [String]
  {
    var applied: [String] = []
    for migration in migrations where migration.applies(from: from, to: to) {
      let before = editor.tree
      do throws(HelmError) {
        try apply(migration, &editor)
      } catch {
        throw HelmError(error.code, "migration \(migration.id): \(error.message)", hint: error.hint)
      }
      if editor.tree != before { applied.append(migration.id) }
    }
    return applied
  }

  private func apply(_ migration: ValueMigration, _ editor: inout ValuesEditor) throws(HelmError) {
    if let key = migration.when, try PathPattern(key).matches(in: editor.tree).isEmpty { return }
    var paths: [ValuePath] = []
    if migration.edit != .set {
      for key in migration.keys {
        for path in try PathPattern(key).matches(in: editor.tree) where !paths.contains(path) {
          paths.append(path)
        }
      }
    }
    switch migration.edit {
    case .sentinelPassword: try change(paths, &editor, SentinelURL.withMasterPassword)
    case .stripRegistry: try change(paths, &editor, Self.withoutRegistry)
    case .rename:
      guard let name = migration.newName else {
        throw HelmError(.cannotMigrate, "it renames and gives no new name")
      }
      // What is inside comes before what is around it, so that the paths stay right.
      for path in paths.reversed() where path.steps.last != .key(name) { try editor.rename(path, to: name) }
    case .delete:
      for path in paths.reversed() { try editor.delete(path) }
    case .set:
      guard let value = migration.value, migration.keys.count == 1 else {
        throw HelmError(.cannotMigrate, "it sets a value and does not give one key and one value")
      }
      try editor.set(try ValuePath(migration.keys[0]), to: try filled(value, from: editor.tree))
    }
  }

  private func change(
    _ paths: [ValuePath], _ editor: inout ValuesEditor, _ change: (String) -> String?
  ) throws(HelmError) {
    for path in paths {
      guard let text = editor.tree.at(path)?.text, let new = change(text) else { continue }
      try editor.set(path, to: .string(new))
    }
  }

  /// `r.io/a/b` → `a/b`, `10.0.0.1/r.io/a/b` → `a/b`; nil where no registry stands before.
  static func withoutRegistry(_ repository: String) -> String? {
    var parts = repository.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: \.isEmpty), !repository.contains(where: \.isWhitespace) else { return nil }
    let count = parts.count
    while parts.count > 1, parts[0].contains(".") || parts[0].contains(":") || parts[0] == "localhost" {
      parts.removeFirst()
    }
    return parts.count < count ? parts.joined(separator: "/") : nil
  }

  // MARK: Templates

  private func filled(_ template: ValueTemplate, from tree: Value) throws(HelmError) -> Value {
    switch template {
    case .text(let text): return .string(try filled(text, from: tree))
    case .list(let items):
      var values: [Value] = []
      for item in items { values.append(try filled(item, from: tree)) }
      return .array(values)
    case .mapping(let members):
      var values: [Value.Member] = []
      for member in members { values.append(Value.Member(member.key, try filled(member.value, from: tree))) }
      return .object(values)
    }
  }

  private func filled(_ text: String, from tree: Value) throws(HelmError) -> String {
    var result = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      result += rest[..<open]
      let key = String(rest[rest.index(after: open)..<close])
      guard let value = tree.at(try ValuePath(key)), value != .null, let filler = value.keyText else {
        throw HelmError(
          .cannotMigrate, "the values have no \(key.quoted), which the new form needs",
          hint:
            "write the new form by hand, give it with --values, and leave the migrations out with --no-migrations"
        )
      }
      result += filler
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }
}
