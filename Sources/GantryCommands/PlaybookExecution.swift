import Documents
import Fleet
import Foundation
import Inventory
import Playbooks
import Runs
import Terminal

/// Carries a playbook through: preparation, record, steps, result.
struct PlaybookExecution {
  let execution: Execution

  init(_ execution: Execution) { self.execution = execution }

  /// - Parameters:
  ///   - values: where its variables' values come from; for a rerun, those of the record.
  ///   - folder: an earlier run that this one takes up again.
  /// - Returns: the contract's exit code.
  func execute(
    _ fleetSettings: FleetSettings, _ settings: PlaybookSettings, values: VariableValues.Sources? = nil,
    resuming folder: RunFolder? = nil
  ) async throws -> Int32 {
    var settings = settings
    var sources = values ?? VariableValues.Sources(folder: FileManager.default.currentDirectoryPath)
    sources.recorded = settings.values.mapValues(\.value)
    sources.environment = ProcessInfo.processInfo.environment
    let console = execution.context.console
    let fleet = try await PreparedFleet(
      fleetSettings, console: console, secrets: execution.context.secrets(for: fleetSettings))
    let prepared = try PlaybookPreparation(
      settings, fleetSettings, values: sources, fleet: fleet, execution: execution)
    settings.values = prepared.values.values.compactMapValues(RecordedValue.init)

    var resumption: PlaybookResumption?
    if let folder {
      resumption = PlaybookResumption(try folder.stepResults(), of: prepared.playbook.steps.map(\.name))
      guard resumption != nil else {
        console.message("gantry: run \(folder.id): every step is done, nothing to do again")
        return 0
      }
    }
    let invocation = Invocation.run(fleetSettings, settings)
    var seen: Set<String> = []
    let names = prepared.steps.flatMap(\.nodes).map(\.name).filter { seen.insert($0).inserted }
    let attendant = ConsoleAttendant(console: console, yes: settings.yes)
    let code = try await execution.context.record(
      invocation, nodes: names, shown: names.count, rerunOf: folder?.id.description
    ) { [settings, resumption, earlier = folder?.id.description] folder, events in
      var runner = PlaybookRunner(
        connector: fleet.connector, forks: fleetSettings.allowedForks,
        retry: fleetSettings.retryPolicy, files: folder, attendant: attendant)
      runner.lockOwner = RunContext.lockOwner(of: folder.id, rerunOf: earlier, fleetSettings)
      runner.isDryRun = settings.check
      runner.asksEachStep = settings.asksEachStep
      let steps = await runner.run(
        prepared.steps, facts: prepared.facts, resuming: resumption, events: events)
      return RunContext.Work(nodes: StepResult.folded(steps), steps: steps)
    }
    await fleet.connector.close()
    return code
  }
}
