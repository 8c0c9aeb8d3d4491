import Fleet
import Images
import Inventory
import Terminal

/// Turns an invocation into its job: reads and verifies everything on this machine first, then lets the fleet work.
struct Execution {
  let context: RunContext

  init(_ output: OutputOptions) { context = RunContext(output) }

  /// - Parameters:
  ///   - only: the nodes to keep, for a rerun; nil for all that the invocation selects.
  ///   - prepared: what the invocation's images were prepared as before; nil to prepare them now.
  ///   - runtime: for a check without a bundle, where the image options say the runtime alone.
  /// - Returns: the contract's exit code.
  func execute(
    _ invocation: Invocation, only: [String]? = nil, rerunOf: String? = nil, runtime: ImageOptions? = nil,
    prepared: LoadTarget? = nil
  ) async throws -> Int32 {
    if case .upgrade(let settings, let upgrade) = invocation {
      return try await self.upgrade(settings, upgrade, rerunOf: rerunOf)
    }
    var fleet = try await PreparedFleet(
      invocation.fleet, console: context.console, secrets: context.secrets(for: invocation.fleet))
    if let only { fleet.keep(only) }
    if invocation.name == "check", context.console.verbosity >= .debug {
      for line in ReachingExplanation(fleet).lines { context.console.message(line) }
    }
    let target = try prepared ?? invocation.images.map { try prepare($0) }
    let options = RuntimeOptions(
      runtime: (invocation.images?.runtime ?? runtime?.runtime).flatMap(Runtime.Kind.init(rawValue:)),
      namespace: invocation.images?.namespace ?? runtime?.namespace)

    let job: any NodeJob
    switch invocation {
    case .check:
      job = ImageJob(CheckJob(options: options, load: target))
    case .load(let settings, let images):
      guard let target else { throw UsageError("no bundle") }
      let mode = LoadMode(
        pin: images.pin, full: images.full, dryRun: images.dryRun, stall: .seconds(settings.stallTimeout),
        importTimeout: .seconds(settings.importTimeout ?? 600))
      let source = try await RegistryPullSource.make(images, target.archive)
      job = ImageJob(LoadJob(options: options, load: target, mode: mode, source: source))
    case .verify:
      guard let target else { throw UsageError("no bundle") }
      job = ImageJob(VerifyJob(options: options, load: target))
    case .prune(_, _, let prune):
      guard let target else { throw UsageError("no bundle") }
      job = ImageJob(
        PruneJob(options: options, load: target, keep: prune.keep, approved: prune.removable))
    case .exec(_, let exec):
      job = ExecJob(words: exec.words, asRoot: exec.asRoot, timeout: exec.timeout.map { .seconds($0) })
    case .run(let settings, let playbook):
      return try await PlaybookExecution(self).execute(settings, playbook)
    case .upgrade:
      throw UsageError("an upgrade is no work for every node")
    }
    let isCheck = invocation.name == "check"
    return try await context.run(invocation, on: fleet, job: job, rerunOf: rerunOf) { result in
      if isCheck { result.notInInventory = await ClusterNodes.missing(from: fleet) }
    }
  }

  /// Asks every node which older versions may go; changes nothing and leaves no record.
  func surveyPrune(
    _ settings: FleetSettings, _ images: ImageSettings, keep: Int
  ) async throws -> (result: RunResult, removable: [String: [String]], target: LoadTarget) {
    let fleet = try await PreparedFleet(
      settings, console: context.console, secrets: context.secrets(for: settings))
    let options = RuntimeOptions(
      runtime: images.runtime.flatMap(Runtime.Kind.init(rawValue:)), namespace: images.namespace)
    let target = try prepare(images)
    let job = ImageJob(PruneJob(options: options, load: target, keep: keep, approved: nil))
    let result = await context.survey("prune", job, on: fleet, settings)
    let removable = result.nodes.map { ($0.name, ($0.images ?? []).map(\.reference)) }.filter {
      !$0.1.isEmpty
    }
    return (result, Dictionary(uniqueKeysWithValues: removable), target)
  }

  /// Opens the archive, works out the names, and verifies every blob.
  func prepare(_ settings: ImageSettings) throws -> LoadTarget {
    var reading = ImageArchive.Options()
    reading.platform = try settings.platform.map { try Platform($0) }
    let archive = try ImageArchive.open(path: settings.bundle, options: reading)
    let rules = try RetagRules(
      registry: settings.registry, rules: settings.retags, dropOriginal: settings.dropOriginal)
    let target = try LoadTarget(archive: archive, rules: rules)
    let console = context.console
    console.verbose("verifying \(Units.bytes(archive.totalBytes)) in \(settings.bundle)")
    try archive.verify()
    return target
  }
}
