import Documents

/// The values of a chart and of the charts within it, and where a key of them is written down.
struct ValuesFiles: Sendable {
  /// Where a value stands, and what it is.
  struct Place: Equatable {
    let file: String
    let key: [String]
    let value: String
  }

  /// By the folder of the chart: empty for the chart itself.
  private var documents: [String: YAMLNode] = [:]
  /// Subcharts by what values call them: their alias or name, within the chart of that folder.
  private var folders: [String: [String: String]] = [:]

  init(_ chart: ChartFolder) throws(RegistryError) {
    try read(chart, folder: "", depth: 0)
  }

  private mutating func read(_ chart: ChartFolder, folder: String, depth: Int) throws(RegistryError) {
    documents[folder] = try chart.document(folder + "values.yaml")
    guard depth < 8 else { return }
    let inner = folder + "charts/"
    let names = Set(
      chart.files.keys.filter { $0.hasPrefix(inner) }.compactMap { path -> String? in
        let rest = path.dropFirst(inner.count)
        return rest.contains("/") ? String(rest.prefix { $0 != "/" }) : nil
      })
    var known = Dictionary(uniqueKeysWithValues: names.map { ($0, inner + $0 + "/") })
    for file in ["Chart.yaml", "requirements.yaml"] {
      for dependency in try chart.document(folder + file)?["dependencies"]?.items ?? [] {
        guard let alias = dependency.text("alias"), !alias.isEmpty, let name = dependency.text("name") else {
          continue
        }
        known[alias] = known[name]
      }
    }
    folders[folder] = known
    for name in names.sorted() { try read(chart, folder: inner + name + "/", depth: depth + 1) }
  }

  /// Every place that sets the key, the one that wins first: a chart's own values win over those of the charts in it.
  func places(of key: [String]) -> [Place] { places(of: key, in: "") }

  private func places(of key: [String], in folder: String) -> [Place] {
    var result: [Place] = []
    if let node = documents[folder]?.at(key), let text = node.scalarText {
      result.append(Place(file: folder + "values.yaml", key: key, value: text))
    }
    if key.count > 1, let inner = folders[folder]?[key[0]] {
      result += places(of: Array(key.dropFirst()), in: inner)
    }
    return result
  }
}
