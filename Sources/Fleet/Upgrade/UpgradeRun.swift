import Documents
import Foundation
import Helm
import Images

/// One upgrade under way on the control node: what was found, what is planned, and what was done.
struct UpgradeRun {
  var spec: UpgradeSpec
  let dryRun: Bool
  let inputs: UpgradeInputs
  let session: NodeSession
  let files: any FileKeeper
  var tools: ControlTools
  var result: UpgradeResult
  /// `20260102-030405`, for the names of backups.
  let stamp: String

  // What was found.
  var release: HelmAnswers.Release?
  var history: [HelmAnswers.Revision] = []
  /// The chart of the revision that runs, as `kpanda-0.20.0`.
  var running = ""
  var nodes: [ClusterNode] = []

  // What is planned.
  var chart: LocalChart?
  var info: ChartInfo?
  /// The release's values as Helm keeps them, byte by byte.
  var oldValues: [UInt8] = []
  var oldTree = Value.null
  var newValues = ""
  var manifest: Manifest?
  var definitions: String?

  /// The revision to go back to.
  var lastGood: Int? { HelmAnswers.lastGood(history)?.revision }

  // MARK: What is there

  mutating func findRelease() async throws(Failure) {
    session.note(
      "helm \(tools.helmVersion); cluster \(tools.serverVersion)"
        + (tools.contextName.isEmpty ? "" : " (context \(tools.contextName))"))
    // The pattern is anchored, and a dot is itself.
    let pattern = "^" + spec.release.replacing(".", with: "[.]") + "$"
    let found = try await tools.list(
      of: HelmAnswers.Release.self,
      tools.helm(["list", "-n", spec.namespace, "-a", "--filter", pattern, "-o", "json"]), "helm list",
      session)
    release = found.first { $0.name == spec.release }
    guard let release else {
      guard spec.install else {
        throw Failure(
          .releaseMissing, "there is no release \(spec.release) in the namespace \(spec.namespace)",
          hint: "see `helm list -A`; --install makes it")
      }
      session.note("there is no release \(spec.release) in \(spec.namespace) yet")
      return
    }
    result.fromRevision = release.revision
    result.toRevision = release.revision
    result.status = release.status
    session.note("release \(release.name): revision \(release.revision), \(release.chart), \(release.status)")
    guard !release.isPending else {
      throw Failure(
        .releaseBusy, "revision \(release.revision) of \(release.name) is \(release.status)",
        hint:
          "if no helm is at work on it any more: helm history \(release.name) -n \(spec.namespace), then helm rollback"
      )
    }
    history = try await tools.list(
      of: HelmAnswers.Revision.self,
      tools.helm(["history", spec.release, "-n", spec.namespace, "-o", "json"]), "helm history", session)
    // After a failed upgrade the newest revision is not what runs.
    running = HelmAnswers.lastGood(history)?.chart ?? release.chart
    result.fromVersion = HelmAnswers.parts(ofChart: running)?.version
  }

  /// Reads the cluster's nodes, which the known issues and the coverage gate ask for.
  mutating func findNodes() async throws(Failure) {
    nodes = try ClusterNode.list(
      try await tools.bytes(of: tools.kubectl(["get", "nodes", "-o", "json"]), "kubectl get nodes", session))
  }

  // MARK: Values

  mutating func findValues() async throws(Failure) {
    guard release != nil else {
      newValues = "{}\n"
      return
    }
    oldValues = try await tools.bytes(
      of: tools.helm(["get", "values", spec.release, "-n", spec.namespace, "-o", "yaml"]), "helm get values",
      session)
  }

  /// Applies the migrations and the registry, and shows what that changes.
  mutating func migrate() throws(Failure) {
    guard let info else { return }
    do {
      var editor = try ValuesEditor(
        String(decoding: oldValues, as: UTF8.self), file: "the values of \(spec.release)")
      oldTree = editor.tree
      let from = result.fromVersion.flatMap { ChartVersion(lenient: $0) }
      result.migrations = try ValuesMigrator(from: from, to: info.version).apply(
        spec.useMigrations ? spec.migrations : [], to: &editor)
      if let registry = spec.registry {
        for key in spec.registryKeys { try editor.set(try ValuePath(key), to: .string(registry)) }
      }
      if release != nil || editor.tree != .null { newValues = editor.text }
      tools.mask = SecretMask(secretsOf: [oldTree, editor.tree] + inputs.trees)
      result.valuesDiff = ValuesDiff.text(
        oldTree, editor.tree,
        names: (release.map { "values of revision \($0.revision)" } ?? "no values", "values of the upgrade"))
    } catch {
      throw Failure(error)
    }
    for id in result.migrations {
      session.note(
        "values migrated: \(id)" + (spec.migrations.first { $0.id == id }.map { ": \($0.explanation)" } ?? "")
      )
    }
    if let diff = result.valuesDiff, !dryRun { session.tell("values:\n" + diff) }
  }

  // MARK: Versions

  func checkVersions() throws(Failure) {
    guard let info else { return }
    if let asked = spec.version, let version = ChartVersion(lenient: asked), !version.isSame(as: info.version)
    {
      throw Failure(
        .refused, "the chart is \(info.name) \(info.version), and \(asked) was asked for",
        hint: "give the chart of \(asked), or leave out --chart-version")
    }
    guard release != nil, !spec.force else { return }
    guard let parts = HelmAnswers.parts(ofChart: running) else {
      // A name without a version, as somebody's own chart may have.
      guard running == info.name || running.hasPrefix(info.name + "-") else {
        throw otherChart(running, info)
      }
      return
    }
    guard parts.name == info.name else { throw otherChart(running, info) }
    if let running = ChartVersion(lenient: parts.version), info.version < running {
      throw Failure(
        .refused, "the release runs \(parts.version), and the chart is the older \(info.version)",
        hint: "--force does it all the same; helm rollback is the way back to an earlier revision")
    }
  }

  private func otherChart(_ running: String, _ info: ChartInfo) -> Failure {
    Failure(
      .refused, "the release runs the chart \(running), and this is \(info.name) \(info.version)",
      hint: "is it the right release? --force does it all the same")
  }

  // MARK: Known issues

  /// A misspelled name would leave an issue as it is, or hide one.
  func checkIssueNames() throws(Failure) {
    let names = spec.knownIssues.map(\.id)
    for name in spec.accepted + spec.remedies where !names.contains(name) {
      throw Failure(
        .refused, "there is no known issue \(name.quoted)",
        hint: NearestName.hint(name, in: names)
          ?? (names.isEmpty
            ? "nothing is known to go wrong with this chart" : "there are \(names.joined(separator: ", "))"))
    }
  }

  /// - Throws: `known-issue` for the first that stops the upgrade.
  mutating func checkIssues() async throws(Failure) {
    guard let info else { return }
    let from = result.fromVersion.flatMap { ChartVersion(lenient: $0) }
    let issues = spec.knownIssues.filter { $0.applies(from: from, to: info.version) }
    guard !issues.isEmpty else { return }
    var releases: [HelmAnswers.Release] = []
    if issues.contains(where: { $0.check.releaseAtLeast != nil }) {
      releases = try await tools.list(
        of: HelmAnswers.Release.self, tools.helm(["list", "-A", "-o", "json"]), "helm list", session)
    }
    let check = IssueCheck(nodes: nodes, releases: releases)
    var stops: Failure?
    for issue in issues {
      guard let finding = check.finding(issue.check) else { continue }
      let subject: String
      switch finding {
      case .nodes(let names):
        subject = names.map { PrintableText.line($0, limit: 253) }.joined(separator: ", ")
      case .release(let name, let version): subject = "\(name) \(version)"
      }
      session.note("\(issue.id): \(subject): \(issue.explanation)")
      if case .nodes(let names) = finding, spec.remedies.contains(issue.id), let label = issue.remedy {
        remedies.append((names, label))
        continue
      }
      if issue.severity == .warn || spec.accepted.contains(issue.id) {
        for way in issue.ways { session.note("\(issue.id): \(way)") }
        continue
      }
      stops =
        stops
        ?? Failure(
          .knownIssue, "\(subject): \(issue.explanation)",
          hint: issue.ways.joined(separator: "; or ")
            + (issue.remedy.map { "; --remedy \(issue.id) labels the nodes \($0.key)=\($0.value)" } ?? "")
            + "; --accept \(issue.id) goes on as it is")
    }
    if let stops { throw stops }
  }

  /// Labels that the operator let gantry put on nodes.
  var remedies: [(nodes: [String], label: KnownIssue.Label)] = []
}
