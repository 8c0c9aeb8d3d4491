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
}

extension UpgradeSpec {
  /// Adds what is known of the module, where the spec does not say it itself.
  public mutating func add(_ rules: ModuleRules) {
    migrations += rules.migrations.filter { rule in !migrations.contains { $0.id == rule.id } }
    knownIssues += rules.knownIssues.filter { rule in !knownIssues.contains { $0.id == rule.id } }
    registryKeys += rules.registryKeys.filter { !registryKeys.contains($0) }
  }
}
