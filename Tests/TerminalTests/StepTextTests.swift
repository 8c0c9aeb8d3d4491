import Fleet
import Testing

@testable import Terminal

/// A playbook's steps as text.
@Suite struct StepTextTests {
  private let console = Console(environment: ["TERM": "dumb"], verbosity: .normal)

  private func node(_ name: String, _ status: NodeStatus) -> NodeResult {
    NodeResult(name: name, address: "192.0.2.1", status: status)
  }

  @Test func aLineForEachStepSaysHowItEnded() {
    var failed = StepResult(
      name: "load", kind: "load", status: .failed, seconds: 3,
      nodes: [node("a", .changed), node("b", .failed), node("c", .unreachable)])
    failed.reason = "2 of 3 nodes failed, and 0 may"
    let text = ResultText.steps(
      [
        StepResult(
          name: "check", kind: "check", status: .ok, seconds: 1.5, nodes: [node("a", .ok), node("b", .ok)]),
        failed,
        StepResult(name: "verify", kind: "verify", status: .notBegun, reason: "'load' failed"),
        StepResult(name: "odd\u{1b}[2J", kind: "pause", status: .skipped, reason: "no\u{1b}[2J"),
      ], dryRun: false, console: console)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("check") && lines[0].contains("ok") && lines[0].hasSuffix("2 ok in 1.5 s"))
    #expect(lines[1].contains("failed") && lines[1].hasSuffix("2 of 3 nodes failed, and 0 may"))
    #expect(lines[2].contains("not-begun") && lines[2].hasSuffix("'load' failed"))
    #expect(!text.contains("\u{1b}"))
  }

  @Test func anUpgradeTellsItsReleaseBelow() {
    var step = StepResult(
      name: "upgrade", kind: "upgrade", status: .changed, seconds: 9, nodes: [node("c", .changed)])
    var upgrade = UpgradeResult(release: "kpanda", namespace: "kpanda-system")
    upgrade.fromVersion = "0.20.0"
    upgrade.toVersion = "0.21.0"
    step.upgrade = upgrade
    let lines = ResultText.steps([step], dryRun: false, console: console).split(separator: "\n")
    #expect(lines.count == 2 && lines[1] == "  kpanda in kpanda-system: 0.20.0 → 0.21.0")
  }
}
