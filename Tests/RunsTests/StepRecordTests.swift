import Fleet
import Foundation
import Testing

@testable import Runs

/// What the record of a playbook tells after a kill.
@Suite struct StepRecordTests {
  private let directory = FileManager.default.temporaryDirectory.appending(
    path: "gantry-steps-\(UUID().uuidString)"
  ).path

  private func begin() throws -> (RunFolder, Journal) {
    let id = RunID()
    let inputs = RunInputs(
      run: id.description, command: "run", started: "", gantryVersion: "0", workingDirectory: "/",
      nodes: ["a", "b", "c"], invocation: "{}")
    return try RunStore(stateDirectory: directory).begin(inputs, id: id)
  }

  private func step(_ event: StepEvent) -> RunEvent { RunEvent(time: 1, node: "", kind: .step(event)) }

  private func finished(_ name: String, _ status: NodeStatus) -> RunEvent {
    RunEvent(
      time: 1, node: name, kind: .finished(NodeResult(name: name, address: "192.0.2.1", status: status)))
  }

  @Test func theStepUnderWayIsOpenAndKnowsWhoIsDone() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (folder, journal) = try begin()
    let at = StepEvent.Position(number: 1, of: 3)
    for event in [
      step(.started(name: "check", kind: "check", nodes: ["a", "b", "c"], at)),
      finished("a", .ok), finished("b", .ok), finished("c", .ok),
      step(.finished(StepResult(name: "check", kind: "check", status: .ok))),
      step(.finished(StepResult(name: "odd", kind: "exec", status: .skipped, reason: "no"))),
      step(.started(name: "load", kind: "load", nodes: ["a", "b", "c"], at)),
      finished("a", .changed), finished("b", .failed),
    ] { await journal.receive(event) }
    #expect(await journal.finish() == nil)

    let steps = try folder.stepResults()
    #expect(steps.map(\.name) == ["check", "odd", "load"])
    #expect(steps.map(\.status) == [.ok, .skipped, .cancelled])
    #expect(steps[0].nodes.map(\.name) == ["a", "b", "c"] && steps[0].isDone)
    #expect(steps[2].doneNodes == ["a"] && !steps[2].isDone)
    #expect(PlaybookResumption(steps, of: ["check", "odd", "load", "upgrade"])?.step == "load")
    #expect(try folder.nodeResults().map(\.status) == [.changed, .failed, .ok])
  }

  @Test func whatAnUpgradeBringsBackIsInItsEnd() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (folder, journal) = try begin()
    var result = StepResult(name: "upgrade", kind: "upgrade", status: .changed)
    result.nodes = [NodeResult(name: "a", address: "192.0.2.1", status: .changed)]
    result.upgrade = UpgradeResult(release: "kpanda", namespace: "kpanda-system")
    await journal.receive(
      step(.started(name: "upgrade", kind: "upgrade", nodes: ["a"], StepEvent.Position(number: 1, of: 1))))
    await journal.receive(step(.finished(result)))
    #expect(await journal.finish() == nil)
    let steps = try folder.stepResults()
    #expect(steps.map(\.status) == [.changed] && steps[0].upgrade?.release == "kpanda")
    #expect(PlaybookResumption(steps, of: ["upgrade"]) == nil)
  }

  @Test func filesOfARunArePrivateAndPlain() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (folder, _) = try begin()
    let path = try folder.keep(Array("secret".utf8), as: "bak.yaml")
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(throws: Failure.self) { try folder.keep([], as: "../bak.yaml") }
    #expect(throws: Failure.self) { try folder.keep([], as: "a/b") }
  }
}
