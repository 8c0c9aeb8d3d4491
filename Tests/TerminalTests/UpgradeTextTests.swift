import Fleet
import Testing

@testable import Terminal

/// What became of a release, in lines.
@Suite struct UpgradeTextTests {
  private func upgrade(_ set: (inout UpgradeResult) -> Void) -> UpgradeResult {
    var upgrade = UpgradeResult(release: "kpanda", namespace: "kpanda-system")
    upgrade.fromVersion = "0.20.0"
    upgrade.toVersion = "0.21.0"
    upgrade.fromRevision = 1
    upgrade.toRevision = 2
    upgrade.status = "deployed"
    set(&upgrade)
    return upgrade
  }

  @Test func anUpgradeIsOneLine() {
    #expect(
      UpgradeText.lines(upgrade { _ in }, dryRun: false) == [
        "kpanda in kpanda-system: 0.20.0 → 0.21.0, revision 1 → 2, deployed"
      ])
  }

  @Test func aRollbackSaysWhatWasNotReadyAndTheWayBack() {
    let lines = UpgradeText.lines(
      upgrade {
        $0.toRevision = 3
        $0.rolledBack = true
        $0.migrations = ["a", "b"]
        $0.podsNotReady = [.init(name: "api-1", reason: "ImagePullBackOff: api")]
        $0.wayBack = ["helm rollback kpanda 1"]
      }, dryRun: false)
    #expect(
      lines == [
        "kpanda in kpanda-system: 0.20.0 → 0.21.0, revision 1 → 3, deployed, rolled back",
        "values migrated: a, b",
        "not ready: api-1: ImagePullBackOff: api", "way back: helm rollback kpanda 1",
      ])
  }

  @Test func aDryRunShowsCommandsAndDifferences() {
    let lines = UpgradeText.lines(
      upgrade {
        $0.commands = ["helm upgrade kpanda"]
        $0.valuesDiff = "-a\n+b"
      }, dryRun: true)
    #expect(
      lines == [
        "$ helm upgrade kpanda", "", "-a\n+b", "", "no object of the release differs", "",
        "kpanda in kpanda-system: 0.20.0 → 0.21.0",
      ])
  }

  @Test func aNewReleaseHasNoVersionBefore() {
    let lines = UpgradeText.lines(
      upgrade {
        $0.fromVersion = nil
        $0.fromRevision = nil
        $0.toRevision = 1
      }, dryRun: false)
    #expect(lines == ["kpanda in kpanda-system: 0.21.0, revision 1, deployed"])
  }
}
