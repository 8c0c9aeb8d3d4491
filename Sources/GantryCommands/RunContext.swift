import Fleet
import Foundation
import Runs
import Terminal

/// Carries one invocation through: record, fan-out, display, result.
struct RunContext {
  let console: Console
  let store: RunStore
  let format: OutputOptions.Format
  private let interruption: Interruption

  init(_ output: OutputOptions) {
    console = output.console()
    store = output.store()
    format = output.output
    interruption = Interruption(console: console)
  }

  /// Runs `job` on the fleet and tells the result.
  ///
  /// - Parameter finish: may add to the result before it is recorded and told.
  /// - Returns: the contract's exit code.
  func run(
    _ invocation: Invocation, on fleet: PreparedFleet, job: any NodeJob, rerunOf: String? = nil,
    finish: (inout RunResult) async -> Void = { _ in }
  ) async throws -> Int32 {
    let settings = invocation.fleet
    let runner = FleetRunner(
      connector: fleet.connector, forks: settings.forks, retry: RetryPolicy(retries: settings.retries))
    let nodes = fleet.nodes
    return try await record(invocation, nodes: nodes.map(\.name), rerunOf: rerunOf, finish: finish) { scene in
      Outcome(nodes: await runner.run(job, on: nodes, events: scene.events))
    }
  }

  /// What the work of a run is given.
  struct Scene: Sendable {
    let events: any EventSink
    /// The run's folder.
    let files: any FileKeeper
  }

  /// What the work of a run brings back, beside its events.
  struct Outcome: Sendable {
    var nodes: [NodeResult]
    var steps: [StepResult]?
  }

  /// Makes the run's folder, lets the work begin, and records and tells what it brings back.
  ///
  /// - Parameter nodes: names of the nodes that the run is about, in order.
  /// - Returns: the contract's exit code.
  func record(
    _ invocation: Invocation, nodes: [String], rerunOf: String?,
    finish: (inout RunResult) async -> Void = { _ in }, _ work: @escaping @Sendable (Scene) async -> Outcome
  ) async throws -> Int32 {
    let id = RunID()
    let start = Date()
    let started = start.formatted(.iso8601)
    let inputs = RunInputs(
      run: id.description, command: invocation.name, started: started, gantryVersion: Version.number,
      workingDirectory: FileManager.default.currentDirectoryPath, rerunOf: rerunOf, nodes: nodes,
      invocation: try invocation.encoded())
    let (folder, journal) = try store.begin(inputs, id: id)

    let display = ProgressDisplay(console: console, nodeCount: nodes.count)
    let events = EventStream(listeners: [journal, display])
    let scene = Scene(events: events, files: folder)
    let outcome = await interruption.cancelling { await work(scene) }
    await events.finish()
    await display.finish()

    var result = RunResult(
      run: id.description, command: invocation.name, started: started,
      seconds: (Date().timeIntervalSince(start) * 1000).rounded() / 1000,
      dryRun: invocation.isDryRun ? true : nil, nodes: outcome.nodes)
    result.steps = outcome.steps
    await finish(&result)
    try folder.write(result)
    if let hole = await journal.finish() { console.warning("the run's record is not whole: \(hole.message)") }
    try tell(result, record: folder.location)
    return result.exitCode
  }

  /// Runs a job that changes nothing, without a record: what it finds is shown before somebody decides.
  func survey(
    _ command: String, _ job: any NodeJob, on fleet: PreparedFleet, _ settings: FleetSettings
  ) async -> RunResult {
    let start = Date()
    let display = ProgressDisplay(console: console, nodeCount: fleet.nodes.count)
    let events = EventStream(listeners: [display])
    let runner = FleetRunner(
      connector: fleet.connector, forks: settings.forks, retry: RetryPolicy(retries: settings.retries))
    let nodes = fleet.nodes
    let results = await interruption.cancelling { await runner.run(job, on: nodes, events: events) }
    await events.finish()
    await display.finish()
    return RunResult(
      run: "-", command: command, started: start.formatted(.iso8601),
      seconds: Date().timeIntervalSince(start),
      dryRun: true, nodes: results)
  }

  func tell(_ result: RunResult, record: String? = nil) throws {
    switch format {
    case .json:
      console.result(try JSONOutput.text(result))
    case .text:
      switch result.command {
      case "exec":
        let text = FoldedOutput.text(result, console: console)
        if !text.isEmpty { console.result(text) }
      case "run":
        let text = FoldedOutput.text(ofSteps: result.steps ?? [], console: console)
        if !text.isEmpty { console.result(text) }
        console.result(ResultText.steps(result.steps ?? [], console: console))
        console.result(ResultText.table(result, console: console))
      case "prune":
        for status in [ImageResult.Status.removable, .removed] {
          for line in ImageMatrix.lines(result, status: status) { console.result(line) }
        }
        console.result(ResultText.table(result, console: console))
      case "verify":
        console.result(ImageMatrix.text(result, console: console))
        console.result(ResultText.table(result, console: console))
      default:
        console.result(ResultText.table(result, console: console))
      }
    }
    ResultText.tellFailures(result, console: console)
    if let forgotten = result.notInInventory, !forgotten.isEmpty {
      console.warning("in the cluster but not in the inventory: \(NodeNames.folded(forgotten))")
    }
    if let record { console.verbose("record: \(record)") }
  }
}
