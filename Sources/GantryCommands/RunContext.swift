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
    let nodes = fleet.nodes
    let code = try await record(
      invocation, nodes: nodes.map(\.name), shown: nodes.count, rerunOf: rerunOf, finish: finish
    ) { folder, events in
      let owner = Self.lockOwner(of: folder.id, rerunOf: rerunOf, invocation.fleet)
      let runner = FleetRunner(connector: fleet.connector, settings: invocation.fleet, lockOwner: owner)
      return Work(nodes: await runner.run(job, on: nodes, events: events))
    }
    await fleet.connector.close()
    return code
  }

  /// What a run brings to its result.
  struct Work: Sendable {
    var nodes: [NodeResult]
    var upgrade: UpgradeResult?
    var steps: [StepResult]?
    var notInInventory: [String]?
  }

  /// Makes the record of a run, lets `work` do it, and tells the result.
  ///
  /// - Parameters:
  ///   - nodes: the names that a rerun takes up.
  ///   - shown: how many nodes the display counts up to.
  ///   - finish: may add to the result before it is recorded and told.
  ///   - work: cancelled by the first signal.
  /// - Returns: the contract's exit code.
  func record(
    _ invocation: Invocation, nodes: [String], shown: Int, rerunOf: String? = nil,
    finish: (inout RunResult) async -> Void = { _ in },
    work: @escaping @Sendable (RunFolder, EventStream) async -> Work
  ) async throws -> Int32 {
    let id = RunID()
    let started = Date().formatted(.iso8601)
    // The wall clock may jump.
    let clock = ContinuousClock.now
    let inputs = RunInputs(
      run: id.description, command: invocation.name, started: started, gantryVersion: Version.number,
      workingDirectory: FileManager.default.currentDirectoryPath, rerunOf: rerunOf,
      nodes: nodes,
      invocation: try invocation.encoded())
    let (folder, journal) = try store.begin(inputs, id: id)

    let display = ProgressDisplay(console: console, nodeCount: shown)
    let events = EventStream(listeners: [journal, display])
    let done = await interruption.cancelling { await work(folder, events) }
    await events.finish()
    await display.finish()

    var result = RunResult(
      run: id.description, command: invocation.name, started: started,
      seconds: ((ContinuousClock.now - clock) / .milliseconds(1)).rounded() / 1000,
      dryRun: invocation.isDryRun ? true : nil, nodes: done.nodes)
    result.upgrade = done.upgrade
    result.steps = done.steps
    result.notInInventory = done.notInInventory
    await finish(&result)
    let hole = await journal.finish()
    // The nodes are as they are, whether or not this machine has room to write it down.
    do { try folder.write(result) } catch {
      console.warning("the run's result is not recorded: \(error.message)")
    }
    if let hole { console.warning("the run's record is not whole: \(hole.message)") }
    try tell(result, record: folder.location)
    return result.exitCode
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
    let runner = FleetRunner(connector: fleet.connector, settings: settings)
    let nodes = fleet.nodes
    let results = await interruption.cancelling { await runner.run(job, on: nodes, events: events) }
    await events.finish()
    await display.finish()
    return RunResult(
      run: "-", command: command, started: start.formatted(.iso8601),
      seconds: Date().timeIntervalSince(start),
      dryRun: true, nodes: results)
  }

  /// Who a node's lock is taken for.
  static func lockOwner(of run: RunID, rerunOf: String?, _ settings: FleetSettings) -> LockOwner {
    LockOwner(
      run: run.description, who: operatorName, over: rerunOf.map { [$0] } ?? [],
      patience: .seconds(settings.lockTimeout ?? 0))
  }

  /// `user@host`, as nodes tell it to whoever finds them locked.
  private static let operatorName: String = {
    var name = [CChar](repeating: 0, count: 256)
    _ = gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return "\(NSUserName())@\(host)"
  }()

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
        console.result(ResultText.steps(result.steps ?? [], dryRun: result.dryRun == true, console: console))
        console.result(ResultText.table(result, console: console))
      case "prune":
        for status in [ImageResult.Status.removable, .removed] {
          for line in ImageMatrix.lines(result, status: status) { console.result(line) }
        }
        console.result(ResultText.table(result, console: console))
      case "verify":
        console.result(ImageMatrix.text(result, console: console))
        console.result(ResultText.table(result, console: console))
      case "upgrade":
        for line in ImageMatrix.lines(result, status: .missing) { console.result(line) }
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

extension FleetRunner {
  init(connector: any Connector, settings: FleetSettings, lockOwner: LockOwner? = nil) {
    self.init(
      connector: connector, forks: settings.allowedForks, retry: settings.retryPolicy, lockOwner: lockOwner)
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
