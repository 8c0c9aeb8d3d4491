import Fleet
import Foundation
import Playbooks
import Registry
import Terminal

/// A playbook's `sync`: what `gantry sync` does, told in one line for the step and one for each failure.
struct SyncStep: LocalWork {
  private let config: SyncConfig
  private let bundles: [SyncBundle]
  private let work: SyncWork
  private let docker: DockerConfig?

  /// Reads the file and every bundle, so that a mistake is told before anything is touched.
  init(_ work: SyncWork) throws {
    config = try SyncConfigReader.read(path: work.config, environment: RegistryOptions.environment)
    guard config.sourceRepository == nil, config.targetBundles.isEmpty else {
      throw UsageError(
        "\(work.config): a playbook's sync brings bundles into a registry",
        hint: "make bundles out of a repository with `gantry sync` itself")
    }
    bundles = try SyncRunner.prepare(config, bundles: Paths.absolute(config.sourceBundles)).bundles
    docker = try RegistryOptions.dockerConfig()
    self.work = work
  }

  func run(dryRun: Bool, attendant: any PlaybookAttendant) async -> (
    status: StepResult.Status, reason: String?
  ) {
    let connector: RegistryConnector
    do {
      connector = try RegistryConnector(
        TransportOptions(
          caFile: work.caFile, insecure: work.insecure, environment: RegistryOptions.environment))
    } catch {
      return (.failed, error.message)
    }
    let runner = SyncRunner(
      config, options: SyncOptions(parallel: 4, overwrite: work.overwrite, dryRun: dryRun),
      connector: connector, docker: docker)
    let result = await runner.run(bundles)
    await connector.close()
    for problem in SyncText.problems(result) {
      attendant.tell("\(problem.who): \(problem.text)")
      if let hint = problem.hint { attendant.tell("hint: \(hint)") }
    }
    let summary = result.summary
    let sent = "\(summary.pushed) of \(summary.images) images pushed, \(Units.bytes(summary.bytesSent)) sent"
    if summary.cancelled > 0 { return (.cancelled, sent) }
    if summary.failed > 0 { return (.failed, "\(summary.failed) failed; \(sent)") }
    return (summary.pushed + summary.uploaded > 0 ? .changed : .ok, sent)
  }
}
