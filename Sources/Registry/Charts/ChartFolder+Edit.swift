import Documents
import Helm

/// Changes of a chart's YAML files that leave everything else as somebody wrote it.
extension ChartFolder {
  /// Gives the value under a key of a file another text.
  mutating func set(_ file: String, _ key: [String], to value: String) throws(RegistryError) {
    try edit(file) { editor throws(HelmError) in
      try editor.set(ValuePath(key.map { .key($0) }), to: .string(value))
    }
  }

  /// Takes the repositories of a chart's dependencies away.
  mutating func dropRepositories(_ file: String) throws(RegistryError) {
    let dependencies = try document(file)?["dependencies"]?.items ?? []
    for (index, dependency) in dependencies.enumerated() where dependency["repository"] != nil {
      try edit(file) { editor throws(HelmError) in
        try editor.delete(ValuePath([.key("dependencies"), .index(index), .key("repository")]))
      }
    }
  }

  private mutating func edit(
    _ file: String, _ change: (inout ValuesEditor) throws(HelmError) -> Void
  ) throws(RegistryError) {
    guard let text = try text(file) else { return }
    do throws(HelmError) {
      var editor = try ValuesEditor(text, file: "the chart's \(file)")
      try change(&editor)
      write(file, editor.text)
    } catch {
      throw RegistryError(.badChart, error.message, hint: error.hint)
    }
  }
}
