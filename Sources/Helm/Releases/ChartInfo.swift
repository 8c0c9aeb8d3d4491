import Documents

/// What a chart says about itself in its `Chart.yaml` (Helm: "The Chart.yaml File").
public struct ChartInfo: Sendable, Equatable {
  public let name: String
  public let version: ChartVersion
  public let appVersion: String?
  /// The range of Kubernetes versions that it is for, as it writes it.
  public let kubeVersion: String?

  /// - Throws: `bad-chart`, `bad-version`.
  public init(yaml: String, from what: String) throws(HelmError) {
    let value: Value
    do {
      value = try YAMLReader.read(SourceFile(path: what, text: yaml))?.value ?? .null
    } catch {
      throw HelmError(.badChart, "\(what): \(error.message)")
    }
    guard let name = value["name"]?.text, Self.isName(name) else {
      throw HelmError(.badChart, "\(what) names no chart", hint: "it needs name and version")
    }
    guard let version = value["version"]?.keyText else {
      throw HelmError(.badChart, "\(what) has no version", hint: "it needs name and version")
    }
    self.name = name
    self.version = try ChartVersion(version)
    appVersion = value["appVersion"]?.keyText
    kubeVersion = value["kubeVersion"]?.text
  }

  /// Helm's own rule for the names of charts.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 250
      && text.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 46
          || $0 == 95
      } && text.first != "." && text.first != "-"
  }
}
