import Documents
import Foundation
import Helm
import Images
import Inventory

/// What an upgrade takes from this machine: read and checked before anything is connected.
public struct UpgradeInputs: Sendable {
  /// nil where the control node pulls it.
  let chart: LocalChart?
  /// The operator's files of values and single values, as members for the workspace, in the order in which they count.
  let values: [FileTar.File]
  /// Their trees, for the secrets in them.
  let trees: [Value]

  /// - Throws: ``HelmError``, ``ImageError``, ``Failure``: a bad name, a missing file, no chart, no YAML.
  public init(_ spec: UpgradeSpec) throws {
    guard ReleaseNames.isRelease(spec.release) else {
      throw Failure(
        .refused, "\(spec.release.quoted) is no name of a release", hint: "lower case letters, digits and -")
    }
    guard ReleaseNames.isNamespace(spec.namespace) else {
      throw Failure(
        .refused, "\(spec.namespace.quoted) is no namespace", hint: "lower case letters, digits and -")
    }
    if let version = spec.version { _ = try ChartVersion(version) }
    if let registry = spec.registry { _ = try RetagRules(registry: registry) }
    for key in spec.registryKeys { _ = try ValuePath(key) }
    for migration in spec.migrations { for key in migration.keys { _ = try PathPattern(key) } }
    switch spec.chart {
    case .bundle(let path): chart = try LocalChart(bundle: path)
    case .chart(let path): chart = try LocalChart(path: path)
    case .repository(let repository):
      try Self.check(repository)
      chart = nil
    }
    var files: [FileTar.File] = []
    var trees: [Value] = []
    for (index, path) in spec.valuesFiles.enumerated() {
      guard let data = FileManager.default.contents(atPath: path), data.count <= 16 << 20,
        let text = String(validating: data, as: UTF8.self)
      else { throw HelmError(.badYAML, "\(path): the file cannot be read as text") }
      trees.append(try ValuesEditor(text, file: path).tree)
      files.append(FileTar.File("values/\(index + 1)-file.yaml", Array(data)))
    }
    if let text = try SettingsYAML.text(spec.settings) {
      trees.append(try ValuesEditor(text).tree)
      files.append(FileTar.File("values/\(files.count + 1)-set.yaml", Array(text.utf8)))
    }
    values = files
    self.trees = trees
  }

  private static func check(_ repository: ChartRepository) throws(Failure) {
    guard ReleaseNames.isRepository(repository.name), ReleaseNames.isRepository(repository.chart) else {
      throw Failure(
        .refused, "\("\(repository.name)/\(repository.chart)".quoted) is no chart of a repository")
    }
    guard let url = repository.url else { return }
    guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme), parts.host != nil
    else {
      throw Failure(
        .refused, "\(url.quoted) is no address of a chart repository", hint: "http://HOST/chartrepo/PROJECT")
    }
    guard parts.password == nil, parts.user == nil else {
      throw Failure(
        .refused,
        "the address of the chart repository has a user in it, which would be seen on the control node",
        hint: "add the repository there by hand (helm repo add --password-stdin), and give its name alone")
    }
  }
}
