import Fleet

/// What became of a release, as text for standard output.
enum UpgradeText {
  static func lines(_ upgrade: UpgradeResult, dryRun: Bool) -> [String] {
    var lines: [String] = []
    if dryRun {
      lines += (upgrade.commands ?? []).map { "$ " + $0 }
      for diff in [upgrade.valuesDiff, upgrade.manifestDiff].compactMap({ $0 }) { lines += ["", diff] }
      if upgrade.commands != nil, upgrade.manifestDiff == nil {
        lines += ["", "no object of the release differs"]
      }
      if !lines.isEmpty { lines.append("") }
    }
    lines.append(outcome(upgrade, dryRun: dryRun))
    if !upgrade.migrations.isEmpty {
      lines.append("values migrated: " + upgrade.migrations.joined(separator: ", "))
    }
    lines += upgrade.podsNotReady.map { "not ready: \($0.name): \($0.reason)" }
    lines += upgrade.wayBack.map { "way back: \($0)" }
    return lines
  }

  private static func outcome(_ upgrade: UpgradeResult, dryRun: Bool) -> String {
    var text = "\(upgrade.release) in \(upgrade.namespace)"
    if let from = upgrade.fromVersion { text += ": \(from)" }
    if let to = upgrade.toVersion { text += (upgrade.fromVersion == nil ? ": " : " → ") + to }
    if dryRun { return text }
    if let revision = upgrade.toRevision {
      let before = upgrade.fromRevision.flatMap { $0 == revision ? nil : "\($0) → " } ?? ""
      text += ", revision \(before)\(revision)"
    }
    if let status = upgrade.status { text += ", \(status)" }
    return upgrade.rolledBack ? text + ", rolled back" : text
  }
}
