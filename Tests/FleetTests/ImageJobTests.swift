import Testing

@testable import Fleet

/// A control node that runs no containers has nothing to do with images; any other node without a runtime is in trouble.
@Suite struct ImageJobTests {
  private func run(_ groups: [String], runtimes: [String] = []) async throws -> NodeResult {
    let remote = ScriptedRemote([
      .init(
        matches: { !$0.changes },
        answer: { _, _ throws(Failure) in
          let lines = ["user root", "privilege root", "machine x86_64"] + runtimes + ["end", ""]
          return CommandOutput(status: 0, standardOutput: Array(lines.joined(separator: "\n").utf8))
        })
    ])
    let options = RuntimeOptions(runtime: runtimes.isEmpty ? nil : .docker, namespace: nil)
    let runner = FleetRunner(
      connector: ScriptedConnector { _ throws(Failure) in remote }, forks: 1, retry: RetryPolicy(retries: 0))
    let results = await runner.run(
      ImageJob(CheckJob(options: options, load: nil)), on: [.testing("c1", groups: groups)],
      events: EventLog())
    #expect(remote.commands.allSatisfy { !$0.changes })
    return try #require(results.first)
  }

  @Test func aControlNodeWithoutARuntimeIsPassedOver() async throws {
    let result = try await run(["control"])
    #expect(result.status == .skipped)
    #expect(result.error == nil)
    #expect(result.notes?.count == 1)
  }

  @Test func anyOtherNodeFails() async throws {
    let result = try await run(["workers"])
    #expect(result.status == .failed)
    #expect(result.error?.code == .noRuntime)
  }

  @Test func aRuntimeThatWasAskedForAndIsNotThereIsAFailure() async throws {
    let result = try await run(
      ["control"], runtimes: ["runtime containerd 1.7.24 /run/containerd/containerd.sock up"])
    #expect(result.status == .failed)
    #expect(result.error?.code == .noRuntime)
  }
}
