import BuiltInPlaybooks
import Documents
import Helm

/// The playbooks that the executable brings along.
public enum PlaybookLibrary {
  /// Their names, sorted.
  public static var names: [String] { BuiltInPlaybooks.texts.map(\.name).sorted() }

  /// The text of one; relative paths in it have no folder of their own.
  public static func source(_ name: String) -> PlaybookSource? {
    BuiltInPlaybooks.texts.first { $0.name == name }.map { PlaybookSource(path: $0.name, text: $0.text) }
  }

  /// A built-in playbook by its name, or a file.
  ///
  /// A word without `/` and without the ending `.yaml` or `.yml` is a name.
  ///
  /// - Parameter absolute: makes a path absolute.
  /// - Throws: `playbook-not-found` and what reading a file throws.
  public static func find(
    _ word: String, absolute: (String) -> String
  ) throws(PlaybookError) -> PlaybookSource {
    guard isName(word) else { return try PlaybookSource(reading: absolute(word), shownAs: word) }
    if let builtIn = source(word) { return builtIn }
    throw PlaybookError(
      PlaybookProblem(
        .notFound, "there is no built-in playbook '\(word)'",
        hint: NearestName.hint(word, in: names)
          ?? "see `gantry playbook list`; a path has a / or ends in .yaml"))
  }

  /// Whether a word names a built-in playbook and not a file.
  public static func isName(_ word: String) -> Bool {
    !word.contains("/") && !word.hasSuffix(".yaml") && !word.hasSuffix(".yml")
  }

  /// What the built-in playbooks know of a module: changes of values, known issues, further values for the registry.
  ///
  /// - Returns: nil for a chart that no playbook upgrades.
  public static func rules(ofChart chart: String) -> ModuleRules? {
    for name in names {
      // A test holds that every built-in playbook can be read.
      guard let playbook = try? source(name)?.lint() else { continue }
      for step in playbook.steps {
        guard case .upgrade(let work) = step.action,
          releases(work.spec.release, playbook.variables).contains(chart)
        else { continue }
        return ModuleRules(
          migrations: work.spec.migrations, knownIssues: work.spec.knownIssues,
          registryKeys: work.spec.registryKeys)
      }
    }
    return nil
  }

  /// Every known issue of any module, by its id.
  public static var issueIDs: Set<String> {
    var ids: Set<String> = []
    for name in names {
      for case .upgrade(let work) in (try? source(name)?.lint())?.steps.map(\.action) ?? [] {
        ids.formUnion(work.spec.knownIssues.map(\.id))
      }
    }
    return ids
  }

  /// The names that a release can have: a variable with choices in it stands for each of them.
  private static func releases(_ text: String, _ variables: [Variable]) -> [String] {
    guard let template = try? Template(text), let name = template.names.first else { return [text] }
    let choices = variables.first { $0.name == name }?.choices ?? []
    return choices.map { template.filled(with: [name: $0]) }
  }
}
