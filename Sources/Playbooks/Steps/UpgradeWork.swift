import Documents
import Helm

/// The upgrade of one Helm release.
public struct UpgradeWork: Sendable, Equatable {
  /// What is asked of Helm.
  public let spec: UpgradeSpec
  /// Where the chart may come from, in words, the first that has a value.
  let sources: [String]

  static let shape = Shape<UpgradeWork>.object("upgrade") { keys in
    let release = keys.required("release", .filledText, "The release's name.")
    let namespace = keys.required("namespace", .filledText, "The namespace that the release lives in.")
    let (chart, sources) = source(&keys, release: release)
    var spec = UpgradeSpec(release: release, namespace: namespace, chart: chart)
    spec.version = keys.optional(
      "version", .version, "The chart's version; from a repository, without it, the newest.")
    spec.registry = keys.optional(
      "registry", .filledText, "The registry that the pods pull from, which may carry a project."
    ).map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    spec.registryKeys = keys.optional(
      "registry_keys", .list(of: .filledText, atLeast: 1), default: spec.registryKeys,
      "The values that hold the registry.", shown: .array(spec.registryKeys.map(Value.string)))
    spec.valuesFiles = keys.optional(
      "values", .list(of: .path, single: true), default: [], "Files of values, laid over the release's own.")
    spec.settings = keys.names(
      "set", pattern: "^.+$", "Single values, laid over everything else, by their dotted keys.",
      name: { $0.isEmpty ? "a value has a key" : nil }, Shape<String>.setting
    ).map { ValueSetting(path: $0.name, value: $0.value) }
    spec.migrations = keys.optional(
      "migrations", .list(of: MigrationShape.shape), default: [],
      "Changes that the release's values need between two versions.")
    spec.knownIssues = keys.optional(
      "known_issues", .list(of: KnownIssueShape.shape), default: [],
      "What is known to go wrong between two versions.")
    spec.accepted = keys.optional(
      "accept", .list(of: .filledText, single: true), default: [],
      "Known issues that somebody has dealt with, by their id.")
    spec.remedies = keys.optional(
      "remedy", .list(of: .filledText, single: true), default: [],
      "Known issues whose remedy gantry may carry out, such as labelling nodes.")
    spec.crds = keys.optional(
      "crds", .flag, default: true, "Apply the chart's custom resource definitions first.", shown: .bool(true)
    )
    spec.timeout = keys.optional(
      "rollout_timeout", .duration, default: spec.timeout, "How long the roll-out may take.",
      shown: .string("10m"))
    spec.wait = keys.optional(
      "wait", .flag, default: true, "Wait until every workload of the release is ready.", shown: .bool(true))
    spec.rollback = keys.optional(
      "rollback", .flag, default: true, "Go back to the revision before when it fails.", shown: .bool(true))
    spec.force = keys.optional(
      "force", .flag, default: false, "Also a downgrade, and a chart of another name.", shown: .bool(false))
    spec.skipCoverage = keys.optional(
      "skip_coverage", .flag, default: false, "Go on though some node lacks an image.", shown: .bool(false))
    spec.install = keys.optional(
      "install", .flag, default: false, "Install the release where there is none.", shown: .bool(false))
    spec.createNamespace = keys.optional(
      "create_namespace", .flag, default: false, "Make the namespace where there is none.",
      shown: .bool(false))
    spec.cleanupOnFail = keys.optional(
      "cleanup_on_fail", .flag, default: false, "Let Helm remove what a failed upgrade made anew.",
      shown: .bool(false))
    spec.kubeconfig = keys.optional("kubeconfig", .filledText, "The kubeconfig on the control node.")
    spec.context = keys.optional("context", .filledText, "The context in the kubeconfig.")
    checkIDs(spec, &keys)
    return UpgradeWork(spec: spec, sources: sources)
  }

  /// The chart: from a repository when one is named, else a chart on this machine, else the bundle's.
  private static func source(
    _ keys: inout Keys, release: String
  ) -> (chart: ChartSource, words: [String]) {
    let bundle = keys.optional("bundle", .path, "The bundle whose chart is installed.")
    let chart = keys.optional(
      "chart", .path, "A chart's folder or .tgz on this machine, in place of the bundle's.")
    let repository = keys.optional(
      "repo", .filledText, "A chart repository by its name on the control node, in place of both.")
    let url = keys.optional("repo_url", .url, "Where it is, for when the control node does not know it yet.")
    let name = keys.optional(
      "chart_name", .filledText, "The chart's name in the repository; otherwise the release's.")
    var found: [(ChartSource, String)] = []
    if let repository {
      let source = ChartRepository(name: repository, url: url, chart: name ?? release)
      found.append((.repository(source), "the chart \(source.chart) of the repository \(repository)"))
    }
    if let chart { found.append((.chart(path: chart), "the chart \(chart)")) }
    if let bundle { found.append((.bundle(path: bundle), "the chart of \(bundle)")) }
    if let first = found.first { return (first.0, found.map(\.1)) }
    let line = keys.line()
    keys.withReading { reading in
      reading.problem(
        .missingKey, "upgrade has no chart", line: line,
        hint: "give 'bundle', 'chart' or 'repo' a value")
    }
    return (.bundle(path: ""), [])
  }

  private static func checkIDs(_ spec: UpgradeSpec, _ keys: inout Keys) {
    let line = keys.line()
    keys.withReading { reading in
      var seen: Set<String> = []
      for id in spec.migrations.map(\.id) + spec.knownIssues.map(\.id)
      where !id.isEmpty && !seen.insert(id).inserted {
        reading.problem(.duplicate, "two migrations or known issues have the id '\(id)'", line: line)
      }
    }
  }
}

enum MigrationShape {
  static let shape = Shape<ValueMigration>.object("a migration") { keys in
    let id = keys.required("id", .id, "Lower case words joined by hyphens.")
    let from = keys.optional("from", .range, "The running versions that it is for: \"<0.21.0\".") ?? nil
    let to = keys.optional("to", .range, "The new versions that it is for: \">=0.21.0\".") ?? nil
    let explanation = keys.required("explanation", .filledText, "Why, in one sentence.")
    let edit = keys.required(
      "edit", .choice(ValueMigration.Edit.allCases.map { ($0.rawValue, $0) }), "What is done at each key.")
    let path = keys.required(
      "keys", .list(of: .keyPattern, atLeast: 1),
      "Dotted keys of the values; * stands for one, ** for any number.")
    let newName = keys.optional(
      "new_name", .constant("names are the same in every run"),
      "For rename: the last part of the key as it becomes.")
    let value = keys.optional(
      "value", .valueTemplate, "For set: the new value; {a.b} in a text stands for the value at that key.")
    let when = keys.optional(
      "when_key", .keyPattern, "Only where this key is there.")
    let line = keys.line()
    keys.withReading { reading in
      if (edit == .rename) != (newName != nil) {
        reading.problem(.badValue, "'new_name' belongs to rename, and rename needs it", line: line)
      }
      if (edit == .set) != (value != nil) {
        reading.problem(.badValue, "'value' belongs to set, and set needs it", line: line)
      }
      if edit == .set, path.count != 1 {
        reading.problem(.badValue, "set has one key", line: line)
      }
    }
    return ValueMigration(
      id: id, from: from, to: to, explanation: explanation, edit: edit, keys: path, newName: newName,
      value: value, when: when)
  }
}

enum KnownIssueShape {
  static let shape = Shape<KnownIssue>.object("a known issue") { keys in
    let id = keys.required("id", .id, "Lower case words joined by hyphens; --set accept=ID names it.")
    let from = keys.optional("from", .range, "The running versions that it is for.") ?? nil
    let to = keys.optional("to", .range, "The new versions that it is for.") ?? nil
    let severity = keys.required(
      "severity", .choice(KnownIssue.Severity.allCases.map { ($0.rawValue, $0) }),
      "stop: the upgrade is not begun; warn: it is told.")
    let explanation = keys.required("explanation", .filledText, "What goes wrong, in one sentence.")
    let check = keys.required("check", checkShape, "How to see that it concerns this cluster.")
    let ways = keys.required("ways", .list(of: .filledText, atLeast: 1), "What can be done, a line each.")
    let remedy = keys.optional(
      "remedy", remedyShape, "A label that makes it harmless once it is on the nodes.")
    return KnownIssue(
      id: id, from: from, to: to, severity: severity, explanation: explanation, check: check, ways: ways,
      remedy: remedy)
  }

  private static let checkShape = Shape<KnownIssue.Check>.object("a check") { keys in
    keys.exactlyOne(of: ["node_labels", "release_at_least"], "way to see it")
    let labels = keys.optional(
      "node_labels", .list(of: labelShape, atLeast: 1), "Nodes with one of these labels.")
    let unless = keys.optional(
      "unless", .list(of: labelShape, atLeast: 1), "Unless the node has one of these.")
    let release = keys.optional("release_at_least", releaseShape, "Another release that must be new enough.")
    return KnownIssue.Check(nodeLabels: labels, unless: unless, releaseAtLeast: release)
  }

  private static let labelShape = Shape<KnownIssue.LabelMatch>.object("a label") { keys in
    KnownIssue.LabelMatch(
      key: keys.required("key", .filledText, "The label's key; * for any text."),
      values: keys.optional("values", .list(of: .text, single: true), "Values that match; otherwise any."),
      notValues: keys.optional(
        "not_values", .list(of: .text, single: true), "Values that do not match after all."))
  }

  private static let releaseShape = Shape<KnownIssue.ReleaseVersion>.object("a release") { keys in
    KnownIssue.ReleaseVersion(
      chart: keys.required("chart", .filledText, "The chart's name."),
      version: keys.required("version", .version, "The least version; +N counts as a further number."))
  }

  private static let remedyShape = Shape<KnownIssue.Label>.object("a remedy") { keys in
    KnownIssue.Label(
      key: keys.required("key", .filledText, "The label's key."),
      value: keys.required("value", .text, "Its value."))
  }
}
