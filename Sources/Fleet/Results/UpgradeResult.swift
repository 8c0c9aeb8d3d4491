/// What became of one Helm release: the object `upgrade` of the JSON contract.
public struct UpgradeResult: Sendable, Codable, Hashable {
  /// A pod that is not ready, and what Kubernetes says about it.
  public struct Pod: Sendable, Codable, Hashable {
    public var name: String
    /// Such as `ImagePullBackOff: kpanda-apiserver: Back-off pulling image …`.
    public var reason: String

    public init(name: String, reason: String) {
      self.name = name
      self.reason = reason
    }
  }

  public var release: String
  public var namespace: String
  /// The new chart's name.
  public var chart: String?
  /// nil for a release that was not there before.
  public var fromVersion: String?
  public var toVersion: String?
  public var fromRevision: Int?
  /// The release's revision at the end.
  public var toRevision: Int?
  /// As Helm says: `deployed`, `failed`, `pending-upgrade`, …; nil where nothing was asked.
  public var status: String?
  /// The revision before was restored.
  public var rolledBack = false
  public var registry: String?
  /// The release's values from before, on this machine and on the control node.
  public var backups: [String] = []
  /// IDs of the migrations that changed something.
  public var migrations: [String] = []
  /// How many images the coverage gate asked every node for; nil when it was not asked.
  public var imagesChecked: Int?
  /// The custom resource definitions that were applied.
  public var crds: [String] = []
  public var podsNotReady: [Pod] = []
  /// How to get back what was changed, one line each.
  public var wayBack: [String] = []
  /// With a dry run: the commands that would change something.
  public var commands: [String]?
  /// Unified, secrets masked; nil where nothing differs.
  public var valuesDiff: String?
  /// Unified, by resource, secrets masked; told in a dry run.
  public var manifestDiff: String?

  public init(release: String, namespace: String) {
    self.release = release
    self.namespace = namespace
  }
}
