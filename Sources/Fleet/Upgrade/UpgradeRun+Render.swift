import Documents
import Foundation
import Helm
import Images

/// The chart: where it comes from, and what it will ask for.
extension UpgradeRun {
  /// Members of the workspace: the chart, and every file of values in the order in which it counts.
  var workspace: [FileTar.File] {
    (chart?.files ?? []) + [FileTar.File("values/0-release.yaml", Array(newValues.utf8))] + inputs.values
  }

  /// `-f` for each file of values and `--set` for the registry, which is no secret.
  var valueArguments: [String] {
    (["values/0-release.yaml"] + inputs.values.map(\.path)).flatMap { ["-f", $0] }
      + (spec.registry.map { registry in spec.registryKeys.flatMap { ["--set", "\($0)=\(registry)"] } } ?? [])
  }

  // MARK: Finding the chart

  mutating func findChart() async throws(Failure) {
    if let local = inputs.chart {
      chart = local
    } else if case .repository(let repository) = spec.chart {
      try await findInRepository(repository)
    }
    guard let chart else { return }
    do {
      if let known = chart.info {
        info = known
      } else {
        let yaml = try await inWorkspace(["show", "chart", chart.argument], chart.files, "helm show chart")
        info = try ChartInfo(yaml: yaml, from: "the chart")
      }
    } catch let error as HelmError {
      throw Failure(error)
    } catch let failure as Failure {
      throw failure
    } catch { throw Failure(.badAnswer, "the chart cannot be read") }
    result.chart = info?.name
    result.toVersion = info?.version.description
    if let info { session.note("chart \(info.name) \(info.version)") }
  }

  /// `helm repo list` → add when absent → update → the version asked for, or the newest → pull.
  private mutating func findInRepository(_ repository: ChartRepository) async throws(Failure) {
    // Without any repository helm ends with an error.
    let listed = try await session.run(
      tools.helm(["repo", "list", "-o", "json"]), limits: CommandLimits(deadline: .seconds(60)),
      logsOutput: false)
    var known: [HelmAnswers.Repository] = []
    if listed.succeeded {
      do {
        known = try HelmAnswers.list(
          of: HelmAnswers.Repository.self, listed.standardOutput, from: "helm repo list")
      } catch { throw Failure(error) }
    }
    let there = known.first { $0.name == repository.name }
    if let there, let url = repository.url, Self.plain(there.url) != Self.plain(url) {
      throw Failure(
        .refused, "the control node knows the repository \(repository.name) at another address",
        hint: "use another name with --repo-name, or mend it there with helm repo add --force-update")
    }
    let name = "\(repository.name)/\(repository.chart)"
    var words: [String]
    var asked = spec.version
    if dryRun, there == nil {
      // Nothing is added in a dry run; the address alone will do.
      words = [repository.chart, "--repo", try address(repository)]
      result.commands = ["helm repo add \(repository.name) \(try address(repository))"]
    } else {
      try await add(repository, isKnown: there != nil)
      words = [name]
      if asked == nil {
        let found = try await tools.list(
          of: HelmAnswers.Found.self,
          tools.helm(["search", "repo", name, "--versions", "-o", "json"]), "helm search repo", session)
        asked = HelmAnswers.newest(of: name, among: found)
        guard asked != nil else {
          throw Failure(
            FailureCode("bad-chart"), "the repository \(repository.name) has no chart \(repository.chart)",
            hint: "see `helm search repo \(repository.name)/` on the control node")
        }
      }
    }
    if let asked { words += ["--version", asked] }
    let pull = ControlScripts.pull(tools.helmWords(["pull"] + words), asRoot: tools.asRoot)
    let bytes = try await tools.bytes(of: pull, "helm pull \(name)", session, deadline: .seconds(300))
    do { chart = try LocalChart(package: bytes, what: name) } catch { throw Failure(error) }
    if result.commands != nil { result.commands?.append("helm pull \(words.joined(separator: " "))") }
  }

  private func add(_ repository: ChartRepository, isKnown: Bool) async throws(Failure) {
    if dryRun { return }
    if !isKnown {
      let url = try address(repository)
      session.markChanged()
      _ = try await tools.bytes(
        of: tools.helm(["repo", "add", repository.name, url], changes: true), "helm repo add", session)
      session.note("added the repository \(repository.name)")
    }
    _ = try await tools.bytes(
      of: tools.helm(["repo", "update", repository.name], changes: true), "helm repo update", session)
  }

  private func address(_ repository: ChartRepository) throws(Failure) -> String {
    if let url = repository.url { return url }
    throw Failure(
      .refused, "the control node knows no repository \(repository.name)",
      hint: "give its address with --repo")
  }

  private static func plain(_ url: String) -> Substring { url.hasSuffix("/") ? url.dropLast() : url[...] }

  // MARK: Rendering

  /// Renders the chart as the upgrade will, hooks included, and reads its custom resource definitions.
  mutating func render() async throws(Failure) {
    guard let chart, let info else { return }
    do {
      var arguments = ["template", spec.release, chart.argument, "-n", spec.namespace, "--skip-tests"]
      if release != nil { arguments.append("--is-upgrade") }
      if !tools.serverVersion.isEmpty { arguments += ["--kube-version", tools.serverVersion] }
      let apis = try await apiVersions()
      func rendered(_ more: [String], _ kinds: [String]) async throws -> String {
        let lines = (apis + kinds).map { $0 + "\n" }.joined()
        return try await inWorkspace(
          arguments + more + valueArguments, workspace + [FileTar.File("apis", Array(lines.utf8))],
          "render \(info.name) \(info.version)")
      }
      let parts = Manifest.parts(try await rendered(["--include-crds"], []))
      let crds = try Manifest(parts.definitions)
      manifest = try Manifest(parts.objects)
      guard spec.crds, !crds.definitionNames.isEmpty else { return }
      result.crds = crds.definitionNames
      definitions = parts.definitions
      // The upgrade itself will find them defined, which a chart may ask for.
      manifest = try Manifest(try await rendered([], crds.definedKinds))
    } catch let error as HelmError {
      throw Failure(error)
    } catch let failure as Failure {
      throw failure
    } catch { throw Failure(.badAnswer, "the chart cannot be rendered") }
  }

  /// What charts ask `.Capabilities.APIVersions` for: `apps/v1` and `apps/v1/Deployment`.
  private func apiVersions() async throws(Failure) -> [String] {
    let versions = try await tools.text(of: tools.kubectl(["api-versions"]), "kubectl api-versions", session)
    // One API server behind the cluster's that is away makes this an error, and what it printed is right all the same.
    let resources = try await session.run(
      tools.kubectl(["api-resources", "--no-headers"]), limits: CommandLimits(deadline: .seconds(60)),
      logsOutput: false)
    let kinds = String(decoding: resources.standardOutput, as: UTF8.self).split(separator: "\n").compactMap {
      line -> String? in
      // NAME [SHORTNAMES] APIVERSION NAMESPACED KIND
      let words = line.split(separator: " ")
      guard words.count >= 4, ["true", "false"].contains(words[words.count - 2]) else { return nil }
      return "\(words[words.count - 3])/\(words[words.count - 1])"
    }
    let names = versions.split(separator: "\n").map(String.init) + kinds
    return names.filter { $0.wholeMatch(of: #/[A-Za-z0-9.\/-]+/#) != nil }
  }

  private func inWorkspace(
    _ arguments: [String], _ files: [FileTar.File], _ what: String
  ) async throws(Failure) -> String {
    try await tools.text(
      of: ControlScripts.inWorkspace(tools.helmWords(arguments), asRoot: tools.asRoot), what, session,
      input: MemoryStream(FileTar.bytes(files)))
  }

  /// The images that the nodes will be asked for; what is worth a look is told.
  func images() throws(Failure) -> [ImageReference] {
    guard let manifest else { return [] }
    let events: Set<String> =
      release == nil
      ? ["pre-install", "post-install"] : ["pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback"]
    let found = ManifestImages(manifest, events: events)
    for line in found.pulledAlways {
      session.note("imagePullPolicy Always: \(line); what the nodes have does not help there")
    }
    if !found.possible.isEmpty {
      let names = found.possible.sorted().map(\.familiar)
      session.note(
        "not looked for, since only an operator would ask for them: \(names.prefix(5).joined(separator: ", "))"
          + (names.count > 5 ? " and \(names.count - 5) more" : ""))
    }
    if let first = found.invalid.first, !spec.skipCoverage {
      throw Failure(.imagesMissing, "\(first)", hint: "mend the values that it comes from")
    }
    return found.required.keys.sorted()
  }

  /// What differs between the running objects and the new ones.
  mutating func compareManifests() async throws(Failure) {
    guard let manifest else { return }
    var old = ""
    if release != nil {
      let place = [spec.release, "-n", spec.namespace]
      old = try await tools.text(of: tools.helm(["get", "manifest"] + place), "helm get manifest", session)
      old += "\n---\n"
      old += try await tools.text(of: tools.helm(["get", "hooks"] + place), "helm get hooks", session)
    }
    do {
      let newTree = try ValuesEditor(newValues).tree
      result.manifestDiff = ManifestDiff.text(
        try Manifest(old), manifest, secretsOf: [oldTree, newTree] + inputs.trees)
    } catch { throw Failure(error) }
  }
}
