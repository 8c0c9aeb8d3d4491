import Documents

/// What a chart renders to: Kubernetes objects, hooks among them.
public struct Manifest: Sendable {
  /// One object.
  public struct Resource: Sendable {
    let value: Value
    let apiVersion: String
    let kind: String
    let name: String
    /// nil where the object does not say; it is then the release's.
    let namespace: String?
    /// The events of Helm's life cycle that it is made for (annotation `helm.sh/hook`); empty for what is no hook.
    let hooks: Set<String>

    var title: String { "\(kind.lowercased())/\(name)" }
  }

  public private(set) var resources: [Resource] = []

  /// Reads YAML of any number of documents, as `helm template` and `helm get manifest` print it. Lists are taken apart.
  ///
  /// - Throws: `bad-yaml`, naming the line of the whole text.
  public init(_ text: String) throws(HelmError) {
    for document in Self.documents(text) {
      let node: YAMLNode?
      do {
        node = try YAMLReader.read(SourceFile(path: "the manifest", text: document.text))
      } catch {
        let line = document.line + (error.line ?? 1) - 1
        throw HelmError(.badYAML, "the manifest: line \(line): \(error.message)", hint: error.hint)
      }
      if let node { add(node.value) }
    }
  }

  private mutating func add(_ value: Value) {
    guard value.members != nil else { return }
    let kind = value["kind"]?.text ?? ""
    if kind.hasSuffix("List"), let items = value["items"]?.items {
      for item in items { add(item) }
      return
    }
    let hook = value["metadata", "annotations"]?.child(.key("helm.sh/hook"))?.text ?? ""
    resources.append(
      Resource(
        value: value, apiVersion: value["apiVersion"]?.text ?? "", kind: kind,
        name: value["metadata", "name"]?.keyText ?? value["metadata", "generateName"]?.keyText ?? "",
        namespace: value["metadata", "namespace"]?.text,
        hooks: Set(hook.split(separator: ",").map { $0.filter { $0 != " " } })))
  }

  /// Cuts at lines that begin with `---` (YAML 1.2, section 9.1.1: no content can).
  static func documents(_ text: String) -> [(line: Int, text: String)] {
    var documents: [(Int, String)] = []
    var lines: [Substring] = []
    var start = 1
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("---") {
        documents.append((start, lines.joined(separator: "\n")))
        lines = [line.dropFirst(3)]
        start = index + 1
      } else {
        lines.append(line)
      }
    }
    documents.append((start, lines.joined(separator: "\n")))
    return documents
  }

  /// Parts what `helm template --include-crds` prints: the files under a chart's `crds/`, which Helm never upgrades, and
  /// the rest. A comment before each file tells where it is from; a further document of it has none.
  public static func parts(_ text: String) -> (definitions: String, objects: String) {
    var definitions: [String] = []
    var objects: [String] = []
    var isDefinition = false
    for document in documents(text) {
      let source = document.text.split(separator: "\n", maxSplits: 4).first { $0.hasPrefix("# Source: ") }
      if let source { isDefinition = source.contains("/crds/") }
      if isDefinition { definitions.append(document.text) } else { objects.append(document.text) }
    }
    return (definitions.joined(separator: "\n---\n"), objects.joined(separator: "\n---\n"))
  }

  /// Whether Helm has to run something besides applying the objects.
  public var hasHooks: Bool { resources.contains { !$0.hooks.isEmpty } }

  /// The group, version and kind of each custom resource definition in it: `stable.example.com/v1/CronTab`.
  public var definedKinds: [String] {
    definitions.flatMap { resource -> [String] in
      guard let group = resource.value["spec", "group"]?.text,
        let kind = resource.value["spec", "names", "kind"]?.text
      else { return [] }
      let versions = resource.value["spec", "versions"]?.items?.compactMap { $0["name"]?.text } ?? []
      return versions.flatMap { ["\(group)/\($0)", "\(group)/\($0)/\(kind)"] }
    }
  }

  /// The names of the custom resource definitions in it.
  public var definitionNames: [String] { definitions.map(\.name) }

  private var definitions: [Resource] { resources.filter { $0.kind == "CustomResourceDefinition" } }
}
