import Helm
import Testing

@testable import Fleet

/// What an upgrade sends to the control node, in which order, and what stops it before anything is changed.
@Suite struct HelmUpgradeTests {
  private func failure(_ outcome: UpgradeOutcome) throws -> Failure {
    try #require(outcome.nodes.first?.error)
  }

  @Test func fromBackupToDeployed() async throws {
    let control = try FakeControl()
    let (outcome, log) = await control.run(control.spec)
    #expect(
      outcome.nodes.map(\.status) == [.changed, .ok], "\(String(describing: outcome.nodes.first?.error))")
    #expect(outcome.upgrade.fromVersion == "0.20.0")
    #expect(outcome.upgrade.toVersion == "0.21.0")
    #expect(outcome.upgrade.fromRevision == 1)
    #expect(outcome.upgrade.toRevision == 2)
    #expect(outcome.upgrade.status == "deployed")
    #expect(outcome.upgrade.rolledBack == false)
    #expect(outcome.upgrade.migrations == ["redis-sentinel-password"])
    #expect(outcome.upgrade.imagesChecked == 1)
    let state = control.state.withLock { $0 }
    // Both backups are the values byte by byte; helm gets the migrated ones in a file.
    #expect(control.saved.withLock { $0["kpanda-bak.yaml"] } == state.values)
    #expect(state.kept["bak"] == state.values)
    #expect(
      state.workspace["values/0-release.yaml"]
        == "global:\n  db:\n    redis:\n      url: redis+sentinel://:hunter2@rfs:26379/mymaster?master_password=hunter2\n"
        + "  imageRegistry: 10.0.0.1/r.io\n")
    #expect(state.workspace["chart/Chart.yaml"]?.contains("0.21.0") == true)
    let helm = try #require(control.changes.last)
    #expect(
      helm == [
        "helm", "upgrade", "kpanda", "./chart", "-n", "kpanda-system", "-f", "values/0-release.yaml", "--set",
        "global.imageRegistry=10.0.0.1/r.io", "--version", "0.21.0", "--wait", "--timeout", "1s",
      ])
    // No secret in any argument, message or event.
    for command in control.all { #expect(!command.words.contains { $0.contains("hunter") }) }
    for event in log.events { #expect(!"\(event)".contains("hunter")) }
    #expect(!"\(outcome)".contains("hunter"))
  }

  @Test func aDryRunSendsNoChangingCommand() async throws {
    let control = try FakeControl()
    let (outcome, _) = await control.run(control.spec, dryRun: true)
    #expect(outcome.nodes.first?.status == .changed)
    #expect(control.changes.isEmpty)
    #expect(control.saved.withLock { $0.isEmpty })
    #expect(outcome.upgrade.backups.isEmpty)
    let commands = try #require(outcome.upgrade.commands)
    #expect(commands.last?.hasPrefix("helm upgrade kpanda ./chart -n kpanda-system") == true)
    #expect(outcome.upgrade.valuesDiff?.contains("?master_password=***") == true)
    let diff = try #require(outcome.upgrade.manifestDiff)
    #expect(diff.contains("api:v0.21.0"))
    #expect(diff.contains("(new)"))
    #expect(!"\(outcome)".contains("hunter"))
  }

  @Test func oneNodeWithoutOneImageStopsIt() async throws {
    let control = try FakeControl { $0.images = [] }
    let (outcome, _) = await control.run(control.spec)
    #expect(outcome.nodes.map(\.status) == [.failed, .failed])
    #expect(outcome.nodes.last?.images?.map(\.reference) == ["r.io/kpanda/api:v0.21.0"])
    #expect(outcome.nodes.last?.images?.map(\.status) == [.missing])
    let failure = try failure(outcome)
    #expect(failure.code == .imagesMissing)
    #expect(failure.message.contains("n1"))
    #expect(failure.message.contains("r.io/kpanda/api:v0.21.0"))
    #expect(control.changes.isEmpty)
    #expect(outcome.upgrade.toRevision == 1)
  }

  @Test func skipCoverageAsksNobody() async throws {
    let control = try FakeControl { $0.images = [] }
    var spec = control.spec
    spec.skipCoverage = true
    let (outcome, _) = await control.run(spec, hosts: ["control"])
    #expect(outcome.nodes.map(\.status) == [.changed])
    #expect(outcome.notInInventory == ["n1"])
    #expect(outcome.upgrade.imagesChecked == nil)
  }

  @Test func aNodeThatNobodyCanAskStopsIt() async throws {
    let control = try FakeControl()
    let (outcome, _) = await control.run(control.spec, hosts: ["control"])
    #expect(try failure(outcome).message.contains("n1"))
    #expect(control.changes.isEmpty)
    let other = try FakeControl { $0.clusterNodes = #"{"metadata":{"name":"gone"},"status":{}}"# }
    let (second, _) = await other.run(other.spec, hosts: ["control", "gone"])
    #expect(second.nodes.map(\.status) == [.failed, .unreachable])
    #expect(other.changes.isEmpty)
  }

  @Test func aCordonedNodeIsNotAsked() async throws {
    let control = try FakeControl {
      $0.images = []
      $0.clusterNodes = #"{"metadata":{"name":"n1"},"spec":{"unschedulable":true},"status":{}}"#
    }
    let (outcome, _) = await control.run(control.spec)
    #expect(outcome.nodes.map(\.status) == [.changed])
  }

  @Test(arguments: [
    ("kpanda-0.22.0", "deployed", FailureCode.refused), ("ghippo-0.20.0", "deployed", .refused),
    ("kpanda-0.20.0", "pending-upgrade", .releaseBusy),
  ])
  func refusedUnlessForced(_ chart: String, _ status: String, _ code: FailureCode) async throws {
    let control = try FakeControl {
      $0.chart = chart
      $0.status = status
    }
    let (outcome, _) = await control.run(control.spec)
    #expect(try failure(outcome).code == code)
    #expect(try failure(outcome).hint != nil)
    #expect(control.changes.isEmpty)
    guard code == .refused else { return }
    var spec = control.spec
    spec.force = true
    let (forced, _) = await control.run(spec)
    #expect(forced.nodes.first?.status == .changed)
  }

  @Test func whatDoesNotGetReadyIsRolledBack() async throws {
    let control = try FakeControl {
      $0.helmStatus = 1
      $0.helmErrors = "Error: UPGRADE FAILED: context deadline exceeded (redis://:hunter2@h)\n"
      $0.pods =
        #"{"items":[{"metadata":{"name":"api-1","labels":{"app":"api"}},"status":{"phase":"Pending","containerStatuses":[{"name":"api","ready":false,"state":{"waiting":{"reason":"ImagePullBackOff","message":"back-off"}}}]}},{"metadata":{"name":"other","labels":{}},"status":{"phase":"Failed"}}]}"#
    }
    let (outcome, _) = await control.run(control.spec)
    let failure = try failure(outcome)
    #expect(outcome.nodes.first?.status == .failed)
    #expect(failure.code == .rolloutFailed)
    #expect(failure.message.contains("revision 2 was rolled back to revision 1 as revision 3"))
    #expect(failure.message.contains("api-1: ImagePullBackOff: api"))
    #expect(!failure.message.contains("hunter"))
    #expect(outcome.upgrade.rolledBack)
    #expect(outcome.upgrade.podsNotReady.map(\.name) == ["api-1"])
    #expect(outcome.upgrade.toRevision == 3)
    #expect(control.changes.last?.starts(with: ["helm", "rollback", "kpanda", "1"]) == true)
  }

  @Test func withoutRollbackItStaysAndSaysHow() async throws {
    let control = try FakeControl { $0.helmStatus = 1 }
    var spec = control.spec
    spec.rollback = false
    let (outcome, _) = await control.run(spec)
    #expect(try failure(outcome).hint == "helm rollback kpanda 1 -n kpanda-system")
    #expect(outcome.upgrade.rolledBack == false)
    #expect(outcome.upgrade.status == "failed")
    #expect(control.changes.last?.contains("rollback") == false)
  }

  @Test func aMisspelledIssueIsRefused() async throws {
    let control = try FakeControl()
    var spec = control.spec
    spec.accepted = ["gpu-mig-mod"]
    let (outcome, _) = await control.run(spec)
    #expect(try failure(outcome).hint == "did you mean 'gpu-mig-mode'?")
    #expect(control.changes.isEmpty)
  }

  static let mig =
    #"{"metadata":{"name":"n1","labels":{"nvidia.com/mig.config":"all-1g.10gb"}},"status":{"addresses":[{"address":"n1"}]}}"#

  @Test func migNodesStopTheStepTo29() async throws {
    let control = try FakeControl(version: "0.29.0") {
      $0.chart = "kpanda-0.28.0"
      $0.clusterNodes = Self.mig
      $0.images = ["r.io/kpanda/api:v0.29.0"]
      $0.releases =
        #"[{"name":"gpu","namespace":"gpu","revision":"1","status":"deployed","chart":"gpu-operator-v23.9.0"}]"#
    }
    let (outcome, log) = await control.run(control.spec)
    let failure = try failure(outcome)
    #expect(failure.code == .knownIssue)
    #expect(failure.message.contains("n1"))
    #expect(failure.hint?.contains("without disruption") == true)
    #expect(failure.hint?.contains("with disruption") == true)
    #expect(control.changes.isEmpty)
    #expect(log.events.contains { "\($0)".contains("gpu/gpu v23.9.0") })

    var accepted = control.spec
    accepted.accepted = ["gpu-mig-mode"]
    #expect(await control.run(accepted).0.nodes.first?.status == .changed)
    #expect(!control.changes.contains { $0.contains("label") })
  }

  @Test func theRemedyLabelsTheNodesBeforeHelm() async throws {
    let control = try FakeControl(version: "0.29.0") {
      $0.chart = "kpanda-0.28.0"
      $0.clusterNodes = Self.mig
      $0.images = ["r.io/kpanda/api:v0.29.0"]
    }
    var spec = control.spec
    spec.remedies = ["gpu-mig-mode"]
    let (outcome, _) = await control.run(spec)
    #expect(outcome.nodes.first?.status == .changed)
    let label = try #require(control.changes.firstIndex { $0.contains("label") })
    #expect(control.changes[label].contains("gpu.node.kpanda.io/nvidia-gpu-mode=mig"))
    #expect(control.changes[(label + 1)...].contains { $0.contains("upgrade") })
  }

  @Test(arguments: [
    ("kpanda-0.29.0", "0.30.0", ""),
    ("kpanda-0.28.0", "0.29.0", #","gpu.node.kpanda.io/nvidia-gpu-mode":"mig""#),
  ])
  func notAskedAgain(_ chart: String, _ version: String, _ label: String) async throws {
    let control = try FakeControl(version: version) {
      $0.chart = chart
      $0.clusterNodes =
        #"{"metadata":{"name":"n1","labels":{"nvidia.com/mig.config":"all-1g.10gb"\#(label)}},"status":{"addresses":[{"address":"n1"}]}}"#
      $0.images = ["r.io/kpanda/api:v\(version)"]
    }
    let (outcome, log) = await control.run(control.spec)
    #expect(outcome.nodes.first?.status == .changed)
    #expect(!log.events.contains { "\($0)".contains("MIG") })
  }

  @Test func definitionsAreAppliedBeforeHelmAndTheWayBackIsTold() async throws {
    let control = try FakeControl {
      $0.crds = "kind: CustomResourceDefinition\napiVersion: v1\nmetadata: {name: a.b.io}\n"
    }
    let (outcome, _) = await control.run(control.spec)
    #expect(outcome.upgrade.crds == ["a.b.io"])
    let apply = try #require(control.changes.firstIndex { $0.contains("apply") })
    #expect(control.changes[(apply + 1)...].contains { $0.contains("upgrade") })
    #expect(outcome.upgrade.wayBack.first == "helm rollback kpanda 1 -n kpanda-system")
    var spec = control.spec
    spec.crds = false
    _ = await control.run(spec)
    #expect(!control.changes.contains { $0.contains("apply") })
  }

  @Test(arguments: [
    ("a*c", "abc", true), ("nvidia.com/mig-*.count", "nvidia.com/mig-1g.10gb.count", true),
    ("a*", "b", false), ("*", "", true), ("aba*aba", "aba", false), ("x", "x", true),
  ])
  func wildcards(_ pattern: String, _ text: String, _ expected: Bool) {
    #expect(IssueCheck.isLike(text, pattern) == expected)
  }

  @Test func savedDefinitionsCanBeAppliedAgain() throws {
    let saved = try #require(
      UpgradeRun.reapplicable(
        Array(
          #"{"kind":"CustomResourceDefinition","metadata":{"name":"a","resourceVersion":"7","uid":"u"},"spec":{"x":1},"status":{}}"#
            .utf8)))
    let text = String(decoding: saved, as: UTF8.self)
    #expect(text.contains("\"spec\""))
    for key in ["resourceVersion", "uid", "status"] { #expect(!text.contains(key)) }
    #expect(UpgradeRun.reapplicable(Array(#"{"kind":"List","items":[]}"#.utf8)) == nil)
    #expect(UpgradeRun.reapplicable([]) == nil)
  }
}
