/// What is known of a module's chart: the edits that its values need, and what goes wrong between which versions.
public struct ModuleRules: Sendable, Equatable {
  public var migrations: [ValueMigration]
  public var knownIssues: [KnownIssue]
  /// Further values that hold the registry.
  public var registryKeys: [String]

  public init(
    migrations: [ValueMigration] = [], knownIssues: [KnownIssue] = [], registryKeys: [String] = []
  ) {
    self.migrations = migrations
    self.knownIssues = knownIssues
    self.registryKeys = registryKeys
  }

  /// By the chart's name.
  public static let known: [String: ModuleRules] = [
    "kpanda": ModuleRules(migrations: kpandaMigrations, knownIssues: kpandaIssues),
    "ghippo": ModuleRules(migrations: ghippoMigrations),
  ]

  // MARK: kpanda

  private static let kpandaMigrations = [
    ValueMigration(
      id: "redis-sentinel-password", from: VersionRange.below("0.21.0"), to: VersionRange.from("0.21.0"),
      explanation: "from 0.21.0 on, a sentinel Redis URL carries the password as master_password too",
      edit: .sentinelPassword, keys: ["**"]),
    ValueMigration(
      id: "repository-without-registry", to: VersionRange.from("0.25.1", below: "0.29.0"),
      explanation: "from 0.25.1 and before 0.29.0, an image's repository must not begin with its registry",
      edit: .stripRegistry, keys: ["**.repository"]),
  ]

  private static let kpandaIssues = [
    KnownIssue(
      id: "gpu-mig-mode", from: VersionRange.below("0.29.0"), to: VersionRange.from("0.29.0"),
      severity: .stop,
      explanation: "nodes in GPU MIG mode are forced to full-card mode",
      check: KnownIssue.Check(
        nodeLabels: [
          KnownIssue.LabelMatch(key: "nvidia.com/mig.config", notValues: ["", "all-disabled"]),
          KnownIssue.LabelMatch(key: "nvidia.com/mig.strategy", notValues: ["", "none"]),
          KnownIssue.LabelMatch(key: "nvidia.com/mig-*.count", notValues: ["", "0"]),
          KnownIssue.LabelMatch(key: "gpu.node.kpanda.io/nvidia-gpu-mode", values: ["mig-*"]),
        ],
        unless: [KnownIssue.LabelMatch(key: "gpu.node.kpanda.io/nvidia-gpu-mode", values: ["mig"])]),
      ways: [
        "without disruption, where MIG is in use: label the nodes gpu.node.kpanda.io/nvidia-gpu-mode=mig, upgrade, then"
          + " upgrade gpu-operator to v23.9.0+1 or newer",
        "with disruption, where MIG is enabled but not used: stop all GPU applications, uninstall gpu-operator and"
          + " nvidia-vgpu, upgrade, then install a gpu-operator newer than v23.9.0+1",
      ],
      remedy: KnownIssue.Label(key: "gpu.node.kpanda.io/nvidia-gpu-mode", value: "mig")),
    KnownIssue(
      id: "gpu-operator-version", from: VersionRange.below("0.29.0"), to: VersionRange.from("0.29.0"),
      severity: .warn,
      explanation: "it needs gpu-operator v23.9.0+1 or newer once the upgrade is done",
      check: KnownIssue.Check(
        releaseAtLeast: KnownIssue.ReleaseVersion(chart: "gpu-operator", version: "v23.9.0+1")),
      ways: ["upgrade gpu-operator after this upgrade"]),
  ]

  // MARK: ghippo

  private static let ghippoMigrations: [ValueMigration] = [
    ValueMigration(
      id: "keycloakx", from: VersionRange.below("0.12.0"), to: VersionRange.from("0.12.0"),
      explanation: "from 0.12.0 on, every key keycloak is called keycloakx", edit: .rename,
      keys: ["**.keycloak"], newName: "keycloakx"),
    storage(
      "ghippo", base: "global.database", part: "apiserver",
      options: "?charset=utf8mb4&multiStatements=true&parseTime=true"),
    storage(
      "audit", base: "global.auditDatabase", part: "auditserver",
      options: "?charset=utf8mb4&multiStatements=true&parseTime=true"),
    storage("keycloak", base: "global.database", part: "keycloakx", options: "?charset=utf8mb4"),
    ValueMigration(
      id: "no-database-keys", from: VersionRange.below("0.16.0"), to: VersionRange.from("0.16.0"),
      explanation: "from 0.16.0 on, global.storage stands in place of the database keys", edit: .delete,
      keys: ["global.database", "global.auditDatabase"]),
  ]

  /// A database of before 0.16.0 as the data source name that global.storage wants.
  private static func storage(_ name: String, base: String, part: String, options: String) -> ValueMigration {
    let account = "{\(base).\(part).user}:{\(base).\(part).password}"
    let place = "@tcp({\(base).host}:{\(base).port})/{\(base).\(part).dbname}"
    return ValueMigration(
      id: "storage-\(name)", from: VersionRange.below("0.16.0"), to: VersionRange.from("0.16.0"),
      explanation: "from 0.16.0 on, databases are given as global.storage", edit: .set,
      keys: ["global.storage.\(name)"],
      value: .list([
        .mapping([
          .init("driver", .text("mysql")), .init("accessType", .text("readwrite")),
          .init("dsn", .text(account + place + options)),
        ])
      ]), when: "\(base).\(part)")
  }
}

extension UpgradeSpec {
  /// Adds what is known of the module, where the spec does not say it itself.
  public mutating func add(_ rules: ModuleRules) {
    migrations += rules.migrations.filter { rule in !migrations.contains { $0.id == rule.id } }
    knownIssues += rules.knownIssues.filter { rule in !knownIssues.contains { $0.id == rule.id } }
    registryKeys += rules.registryKeys.filter { !registryKeys.contains($0) }
  }
}
