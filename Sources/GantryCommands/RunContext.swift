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
  private let asked = AskedSecrets()

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
    let id = RunID()
    let start = Date()
    let started = start.formatted(.iso8601)
    let inputs = RunInputs(
      run: id.description, command: invocation.name, started: started, gantryVersion: Version.number,
      workingDirectory: FileManager.default.currentDirectoryPath, rerunOf: rerunOf,
      nodes: fleet.nodes.map(\.name),
      invocation: try invocation.encoded())
    let (folder, journal) = try store.begin(inputs, id: id)

    let display = ProgressDisplay(console: console, nodeCount: fleet.nodes.count)
    let events = EventStream(listeners: [journal, display])
    let settings = invocation.fleet
    let runner = FleetRunner(
      connector: fleet.connector, forks: forks(settings), retry: RetryPolicy(retries: settings.retries))
    let nodes = fleet.nodes
    let results = await interruption.cancelling { await runner.run(job, on: nodes, events: events) }
    await events.finish()
    await display.finish()

    var result = RunResult(
      run: id.description, command: invocation.name, started: started,
      seconds: (Date().timeIntervalSince(start) * 1000).rounded() / 1000,
      dryRun: invocation.images?.dryRun == true ? true : nil, nodes: results)
    await finish(&result)
    await fleet.connector.close()
    try folder.write(result)
    if let hole = await journal.finish() { console.warning("the run's record is not whole: \(hole.message)") }
    try tell(result, record: folder.location)
    return result.exitCode
  }

  /// As many as asked for, as far as the limit of open files allows.
  private func forks(_ settings: FleetSettings) -> Int {
    let most = OpenFiles.mostForks
    guard settings.forks > most else { return settings.forks }
    console.warning(
      "\(most) nodes at a time and not \(settings.forks): raise the limit of open files (ulimit -n)")
    return most
  }

  /// The passwords of this invocation; asked for once.
  func secrets(for settings: FleetSettings) async throws -> FleetSecrets {
    try await asked.get(settings, console)
  }

  /// Runs a job that changes nothing, without a record: what it finds is shown before somebody decides.
  func survey(
    _ command: String, _ job: any NodeJob, on fleet: PreparedFleet, _ settings: FleetSettings
  ) async -> RunResult {
    let start = Date()
    let display = ProgressDisplay(console: console, nodeCount: fleet.nodes.count)
    let events = EventStream(listeners: [display])
    let runner = FleetRunner(
      connector: fleet.connector, forks: forks(settings), retry: RetryPolicy(retries: settings.retries))
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

/// Keeps what was asked for the invocation's later steps.
private actor AskedSecrets {
  private var secrets: FleetSecrets?

  func get(_ settings: FleetSettings, _ console: Console) async throws -> FleetSecrets {
    if let secrets { return secrets }
    let made = try await FleetSecrets(settings, console: console)
    secrets = made
    return made
  }
}
