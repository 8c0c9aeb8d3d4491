import Documents
import Foundation
import Inventory

/// Reads a `load-image.yaml`. A key that is not known is an error with its line and the name that was likely meant.
public struct SyncConfigReader {
  private let file: String
  private let environment: [String: String]

  /// - Parameter environment: `TARGET_REPO_AUTH_USERNAME`, `TARGET_CONTAINERS_AUTH_PASSWORD` and their kin win over
  ///   the file, as with charts-syncer.
  public static func read(path: String, environment: [String: String]) throws(RegistryError) -> SyncConfig {
    let root: YAMLNode?
    do throws(DocumentError) {
      root = try YAMLReader.read(SourceFile(reading: path))
    } catch {
      throw Self.syntax(error)
    }
    return try Self(file: path, environment: environment).config(root)
  }

  /// The same, from text.
  public static func parse(_ text: String, file: String, environment: [String: String] = [:])
    throws(RegistryError) -> SyncConfig
  {
    let root: YAMLNode?
    do throws(DocumentError) {
      root = try YAMLReader.read(SourceFile(path: file, text: text))
    } catch {
      throw Self.syntax(error)
    }
    return try Self(file: file, environment: environment).config(root)
  }

  private static func syntax(_ error: DocumentError) -> RegistryError {
    let place = error.line.map { ":\($0)" } ?? ""
    return RegistryError(
      .configSyntax, "\(MessageText.shown(error.file))\(place): \(error.message)", hint: error.hint)
  }

  // MARK: The whole

  private func config(_ root: YAMLNode?) throws(RegistryError) -> SyncConfig {
    let root = try mapping(root, "the file", keys: ["source", "target", "charts"])
    let source = try mapping(
      root["source"], "source", keys: ["intermediateBundlesPath", "repo", "containers"])
    let target = try mapping(
      root["target"], "target",
      keys: [
        "containerRegistry", "containerRepository", "containerPrefixRegistry", "containerPrefixRepository",
        "appendOriginRegistry", "repo", "containers", "intermediateBundlesPath",
      ])
    let bundles = try text(source["intermediateBundlesPath"], "source.intermediateBundlesPath")
    let sourceRepository = try repository(source["repo"], "source.repo", variables: "SOURCE_REPO_AUTH")
    guard bundles.isEmpty != (sourceRepository == nil) else {
      throw value("source needs intermediateBundlesPath or repo, one of the two", root["source"])
    }
    let config = SyncConfig(
      file: file, sourceBundles: bundles, sourceRepository: sourceRepository,
      sourceContainers: try containers(source["containers"], "source.containers", "SOURCE_CONTAINERS_AUTH"),
      containerRegistry: try text(target["containerRegistry"], "target.containerRegistry"),
      containerRepository: try text(target["containerRepository"], "target.containerRepository"),
      containerPrefixRegistry: try text(target["containerPrefixRegistry"], "target.containerPrefixRegistry"),
      containerPrefixRepository: try text(
        target["containerPrefixRepository"], "target.containerPrefixRepository"),
      appendOriginRegistry: try flag(target["appendOriginRegistry"], "target.appendOriginRegistry"),
      repository: try repository(target["repo"], "target.repo", variables: "TARGET_REPO_AUTH"),
      containers: try containers(target["containers"], "target.containers", "TARGET_CONTAINERS_AUTH")
        ?? SyncConfig.Containers(isHarbor: false, auth: environmentLogin("TARGET_CONTAINERS_AUTH")),
      targetBundles: try text(target["intermediateBundlesPath"], "target.intermediateBundlesPath"),
      charts: try charts(root["charts"]))
    if config.repository?.kind == .helm {
      throw value("target.repo: a HELM repository can only be a source", target["repo"])
    }
    if config.targetBundles.isEmpty {
      guard config.repository != nil else {
        throw RegistryError(
          .configValue, "\(shownFile): target has no repo",
          hint: "say where the chart goes; LOCAL keeps it in a folder")
      }
      // Contradictions in the names are told before anything else is done.
      _ = try RelocationRules(config)
    }
    return config
  }

  // MARK: Parts

  private func repository(_ node: YAMLNode?, _ name: String, variables: String) throws(RegistryError)
    -> SyncConfig.Repository?
  {
    guard let node, !node.isNull else { return nil }
    let fields = try mapping(node, name, keys: ["kind", "url", "path", "auth"])
    let word = try text(fields["kind"], name + ".kind")
    guard let kind = SyncConfig.Repository.Kind(rawValue: word) else {
      let known = SyncConfig.Repository.Kind.allCases.map(\.rawValue)
      throw value(
        "\(name).kind is \(word.isEmpty ? "missing" : MessageText.shown(word))", fields["kind"] ?? node,
        hint: NearestName.hint(word, in: known) ?? "it is one of \(known.joined(separator: ", "))")
    }
    let url = try text(fields["url"], name + ".url")
    let path = try text(fields["path"], name + ".path")
    if kind == .local {
      guard !path.isEmpty else { throw value("\(name): a LOCAL repository needs path", node) }
    } else {
      guard let parts = URLComponents(string: url), parts.host?.isEmpty == false,
        ["http", "https", "oci"].contains(parts.scheme ?? "")
      else {
        throw value(
          "\(name).url is \(url.isEmpty ? "missing" : "not a URL: " + MaskedURL.text(url))",
          fields["url"] ?? node,
          hint: "write it as http://HOST/chartrepo/PROJECT")
      }
      guard parts.user == nil, parts.password == nil else {
        throw value("\(name).url holds a login", fields["url"], hint: "put it under auth")
      }
    }
    let auth = try login(fields["auth"], name + ".auth")
    return SyncConfig.Repository(kind: kind, url: url, path: path, auth: environmentLogin(variables) ?? auth)
  }

  private func containers(_ node: YAMLNode?, _ name: String, _ variables: String) throws(RegistryError)
    -> SyncConfig.Containers?
  {
    guard let node, !node.isNull else { return nil }
    let fields = try mapping(node, name, keys: ["kind", "auth"])
    let kind = try text(fields["kind"], name + ".kind")
    guard kind.isEmpty || SyncConfig.Repository.Kind(rawValue: kind) != nil else {
      throw value(
        "\(name).kind is \(MessageText.shown(kind))", fields["kind"], hint: "it is HARBOR, or left out")
    }
    let auth = try login(fields["auth"], name + ".auth")
    return SyncConfig.Containers(isHarbor: kind == "HARBOR", auth: environmentLogin(variables) ?? auth)
  }

  private func login(_ node: YAMLNode?, _ name: String) throws(RegistryError) -> Login? {
    guard let node, !node.isNull else { return nil }
    let fields = try mapping(node, name, keys: ["username", "password"])
    let username = try text(fields["username"], name + ".username")
    let password = try text(fields["password"], name + ".password")
    if username.isEmpty && password.isEmpty { return nil }
    guard !username.isEmpty else { throw value("\(name) has a password and no username", node) }
    return Login(username: username, password: Secret(password))
  }

  private func environmentLogin(_ variables: String) -> Login? {
    guard let username = environment[variables + "_USERNAME"], !username.isEmpty else { return nil }
    return Login(username: username, password: Secret(environment[variables + "_PASSWORD"] ?? ""))
  }

  private func charts(_ node: YAMLNode?) throws(RegistryError) -> [SyncConfig.Chart] {
    guard let node, !node.isNull else { return [] }
    guard case .sequence(let items) = node.content else { throw value("charts must be a list", node) }
    var charts: [SyncConfig.Chart] = []
    for item in items {
      let fields = try mapping(item, "an entry of charts", keys: ["name", "versions", "skipImages"])
      let name = try text(fields["name"], "charts.name")
      guard !name.isEmpty else { throw value("an entry of charts has no name", item) }
      var versions: [String] = []
      if let list = fields["versions"], !list.isNull {
        guard case .sequence(let items) = list.content else {
          throw value("charts.versions must be a list", list)
        }
        for version in items { versions.append(try text(version, "charts.versions")) }
      }
      charts.append(
        SyncConfig.Chart(
          name: name, versions: versions, skipImages: try flag(fields["skipImages"], "charts.skipImages")))
    }
    return charts
  }

  // MARK: Values

  private func mapping(_ node: YAMLNode?, _ name: String, keys: [String]) throws(RegistryError)
    -> [String: YAMLNode]
  {
    guard let node, !node.isNull else { return [:] }
    guard let pairs = node.mapping else { throw value("\(name) must be a mapping", node) }
    var result: [String: YAMLNode] = [:]
    for pair in pairs {
      guard keys.contains(pair.name) else {
        throw RegistryError(
          .configUnknownKey,
          "\(shownFile):\(pair.line): \(name) has no key \(MessageText.shown(pair.name))",
          hint: NearestName.hint(pair.name, in: keys) ?? "it knows \(keys.joined(separator: ", "))")
      }
      result[pair.name] = pair.value
    }
    return result
  }

  private func text(_ node: YAMLNode?, _ name: String) throws(RegistryError) -> String {
    guard let node, !node.isNull else { return "" }
    guard case .scalar(let scalar) = node.content, let text = scalar.keyText else {
      throw value("\(name) must be text", node)
    }
    if case .double = scalar { throw value("\(name) must be text", node, hint: "put it in quotes") }
    return text.trimmingCharacters(in: .whitespaces)
  }

  private func flag(_ node: YAMLNode?, _ name: String) throws(RegistryError) -> Bool {
    guard let node, !node.isNull else { return false }
    guard case .scalar(.bool(let flag)) = node.content else {
      throw value("\(name) must be true or false", node)
    }
    return flag
  }

  private func value(_ message: String, _ node: YAMLNode?, hint: String? = nil) -> RegistryError {
    RegistryError(
      .configValue, "\(shownFile)\(node.map { ":\($0.line)" } ?? ""): \(message)", hint: hint)
  }

  private var shownFile: String { MessageText.shown(file) }
}
