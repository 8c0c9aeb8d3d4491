import Fleet
import Foundation
import Registry
import Terminal

/// Carries one sync through: the file and the bundles first, then the servers, then the result.
struct SyncExecution {
  private let command: SyncCommand
  private let console: Console

  init(_ command: SyncCommand) {
    self.command = command
    console = command.output.console()
  }

  /// - Returns: the contract's exit code.
  func execute() async throws -> Int32 {
    let interruption = Interruption(console: console)
    let config = try SyncConfigReader.read(
      path: command.config, environment: RegistryOptions.environment)
    if config.sourceRepository != nil { return try await makeBundles(config, interruption) }
    guard config.targetBundles.isEmpty else {
      throw UsageError("\(command.config): bundles go into a registry, not into other bundles")
    }
    let (bundles, warnings) = try SyncRunner.prepare(config, bundles: Paths.absolute(config.sourceBundles))
    for warning in warnings { console.warning(warning) }

    let display = ProgressDisplay(
      console: console, nodeCount: bundles.reduce(0) { $0 + $1.imageCount }, noun: "images")
    let events = EventStream(listeners: [display])
    let console = console
    let connector = try RegistryConnector(command.registry.transport) { error, pause in
      console.verbose("\(error.message); next attempt in \(Units.seconds(pause / .seconds(1)))")
    }
    let runner = SyncRunner(
      config,
      options: SyncOptions(parallel: command.parallel, overwrite: command.overwrite, dryRun: command.dryRun),
      connector: connector, docker: try RegistryOptions.dockerConfig(), events: events)
    let result = await interruption.cancelling { await runner.run(bundles) }
    await connector.close()
    await events.finish()
    await display.finish()
    try tell(result)
    return result.exitCode
  }

  /// The other direction: a chart and its images out of a repository, into bundles.
  private func makeBundles(_ config: SyncConfig, _ interruption: Interruption) async throws -> Int32 {
    guard !config.targetBundles.isEmpty, !config.charts.isEmpty else {
      throw UsageError(
        "\(command.config): with source.repo, target.intermediateBundlesPath says where bundles go, and charts which ones",
        hint: "a second file with source.intermediateBundlesPath brings them into a registry")
    }
    let console = console
    let connector = try RegistryConnector(command.registry.transport) { error, pause in
      console.verbose("\(error.message); next attempt in \(Units.seconds(pause / .seconds(1)))")
    }
    let runner = SourceRunner(
      config,
      options: SyncOptions(parallel: command.parallel, overwrite: command.overwrite, dryRun: command.dryRun),
      connector: connector, docker: try RegistryOptions.dockerConfig())
    let folder = Paths.absolute(config.targetBundles)
    let result = await interruption.cancelling { await runner.run(folder: folder) }
    await connector.close()
    try tell(result)
    return result.exitCode
  }

  private func tell(_ result: SyncResult) throws {
    switch command.output.output {
    case .json: console.result(try JSONOutput.text(result))
    case .text: console.result(SyncText.table(result, console: console, lists: command.dryRun))
    }
    SyncText.tellFailures(result, console: console)
  }
}
