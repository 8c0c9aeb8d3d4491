/// What an upgrade of one Helm release is asked to do: all of it, and no secret in it.
///
/// A run record keeps it as it is, so that the upgrade can be done again; a playbook's step makes one.
public struct UpgradeSpec: Codable, Sendable, Equatable {
  /// The release's name.
  public var release: String
  /// The namespace that the release lives in.
  public var namespace: String
  public var chart: ChartSource
  /// The chart's version. By repository: nil for the newest that is no pre-release. Otherwise: what the chart must have.
  public var version: String?
  /// The registry that images are pulled from, perhaps with a project: `10.16.10.111/release.daocloud.io`.
  public var registry: String?
  /// The values that hold the registry; ``registry`` is set at each of them.
  public var registryKeys: [String] = ["global.imageRegistry"]
  /// Files of values on this machine, laid over the release's own in this order.
  public var valuesFiles: [String] = []
  /// Single values, laid over everything else. They are recorded: a secret belongs into a file of ``valuesFiles``.
  public var settings: [ValueSetting] = []
  /// Edits of the release's values between the running version and the new one.
  public var migrations: [ValueMigration] = []
  /// Apply ``migrations``, and those that are known of the module.
  public var useMigrations = true
  /// What is known to go wrong between the running version and the new one.
  public var knownIssues: [KnownIssue] = []
  /// IDs of known issues that the operator has dealt with, or takes upon them.
  public var accepted: [String] = []
  /// IDs of known issues whose remedy gantry may carry out, such as labelling nodes.
  public var remedies: [String] = []
  /// Seconds that the roll-out may take.
  public var timeout: Double = 600
  /// Wait until every workload of the release is ready.
  public var wait = true
  /// On failure go back to the revision before.
  public var rollback = true
  /// Do it though it is a downgrade, or the chart has another name.
  public var force = false
  /// Do it though some node lacks an image, or could not be asked.
  public var skipCoverage = false
  /// Install the release where there is none (`helm upgrade --install`).
  public var install = false
  public var createNamespace = false
  /// Let Helm remove what a failed upgrade made anew (`helm upgrade --cleanup-on-fail`).
  public var cleanupOnFail = false
  /// Apply the chart's custom resource definitions before the upgrade; Helm itself never upgrades them.
  public var crds = true
  /// Also do what is known of the module whose chart this is: its migrations, its known issues, its registry keys.
  public var moduleRules = true
  /// The kubeconfig on the control node; nil for the usual places.
  public var kubeconfig: String?
  /// The context in the kubeconfig; nil for the current one.
  public var context: String?

  public init(release: String, namespace: String, chart: ChartSource) {
    self.release = release
    self.namespace = namespace
    self.chart = chart
  }
}

/// Where the new chart comes from.
public enum ChartSource: Codable, Sendable, Equatable {
  /// The `original-chart` of an offline bundle on this machine.
  case bundle(path: String)
  /// A chart's folder or `.tgz` on this machine.
  case chart(path: String)
  /// A chart repository that the control node reaches.
  case repository(ChartRepository)
}

/// A chart in a repository, by the name that the control node's helm knows the repository by.
public struct ChartRepository: Codable, Sendable, Equatable {
  /// The repository's name on the control node.
  public var name: String
  /// Where it is, for when the control node does not know it yet; never with a password in it.
  public var url: String?
  /// The chart's name in it.
  public var chart: String

  public init(name: String, url: String? = nil, chart: String) {
    self.name = name
    self.url = url
    self.chart = chart
  }
}

/// One value as the operator gives it: `global.replicas=2`.
public struct ValueSetting: Codable, Sendable, Equatable {
  /// Where it goes, as ``ValuePath`` reads it, without wildcards.
  public var path: String
  /// A YAML scalar: `2` is a number, `"2"` is text.
  public var value: String

  public init(path: String, value: String) {
    self.path = path
    self.value = value
  }
}
