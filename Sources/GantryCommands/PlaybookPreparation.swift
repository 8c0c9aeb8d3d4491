import Documents
import Fleet
import Foundation
import Helm
import Images
import Inventory
import Playbooks
import Terminal

/// A playbook made ready: its values, its nodes, its bundles and files, all of it before anything is touched.
struct PlaybookPreparation {
  let playbook: Playbook
  let values: VariableValues
  let steps: [PreparedStep]
  /// What conditions may ask for from the beginning.
  let facts: Facts

  /// - Throws: everything that is wrong with the playbook, its values, its nodes, its bundles.
  init(
    _ settings: PlaybookSettings, _ fleetSettings: FleetSettings, values sources: VariableValues.Sources,
    fleet: PreparedFleet, execution: Execution
  ) throws {
    let source = try PlaybookLibrary.find(settings.playbook, absolute: Paths.absolute)
    let variables = try source.lint().variables
    let values = try VariableValues(of: variables, from: sources)
    self.values = values
    // A child of this process, such as a command on this machine, must not find a secret in its environment.
    for variable in variables where variable.isSecret { unsetenv(variable.environmentName) }
    let playbook = try source.bind(values)
    self.playbook = playbook
    if let name = settings.startAt, playbook.step(named: name) == nil {
      let names = playbook.steps.map(\.name)
      throw UsageError(
        "--start-at: the playbook has no step \(name)",
        hint: NearestName.hint(name, in: names) ?? "there are \(names.joined(separator: ", "))")
    }

    var maker = StepMaker(
      settings: settings, fleetSettings: fleetSettings, fleet: fleet, execution: execution,
      secrets: Array(values.secrets.values))
    facts = try maker.facts(of: variables, values)
    let first = settings.startAt.flatMap { playbook.step(named: $0) } ?? 0
    var steps: [PreparedStep] = []
    for (index, step) in playbook.steps.enumerated() {
      var leftOut: String?
      if index < first { leftOut = "it stands before \(playbook.steps[first].name)" }
      if !step.isChosen(tags: settings.tags, skipTags: settings.skipTags) {
        leftOut = "its tags are not asked for"
      }
      if let condition = step.condition, condition.isSettled(by: values) == false {
        leftOut = leftOut ?? "the condition does not hold: \(step.conditionText ?? "")"
      }
      steps.append(try maker.prepare(step, leftOut: leftOut))
    }
    self.steps = steps
    try refuseQuestionsWithoutAnybody(settings)
  }

  private func refuseQuestionsWithoutAnybody(_ settings: PlaybookSettings) throws {
    guard isatty(STDIN_FILENO) != 1, !settings.yes else { return }
    if settings.asksEachStep {
      throw UsageError("--step asks, and nobody is there to answer", hint: "leave it out")
    }
    let waiting = steps.first { step in
      if case .pause(.message) = step.work { step.leftOut == nil } else { false }
    }
    if let waiting, !settings.check {
      throw UsageError(
        "the step \(waiting.step.name) waits for somebody, and nobody is there to answer",
        hint: "--yes goes on without asking")
    }
  }
}

/// Makes the work of each step, and opens each bundle once.
private struct StepMaker {
  let settings: PlaybookSettings
  let fleetSettings: FleetSettings
  let fleet: PreparedFleet
  let execution: Execution
  let secrets: [Secret]
  private var targets: [(images: ImageWork, target: LoadTarget)] = []

  init(
    settings: PlaybookSettings, fleetSettings: FleetSettings, fleet: PreparedFleet, execution: Execution,
    secrets: [Secret]
  ) {
    self.settings = settings
    self.fleetSettings = fleetSettings
    self.fleet = fleet
    self.execution = execution
    self.secrets = secrets
  }

  func facts(of variables: [Variable], _ values: VariableValues) throws -> Facts {
    var facts = values.facts
    for variable in variables where variable.kind == .bundle {
      guard case .string(let path)? = values.values[variable.name] else { continue }
      let archive = try ImageArchive.open(path: path)
      facts[variable.name, "version"] = archive.moduleVersion.map(Fact.text)
      facts[variable.name, "module"] = archive.moduleName.map(Fact.text)
    }
    return facts
  }

  mutating func prepare(_ step: Step, leftOut: String?) throws -> PreparedStep {
    if let leftOut {
      // Neither its nodes nor its bundles need to be there.
      return PreparedStep(step: step, nodes: [], work: .pause(.message("")), leftOut: leftOut)
    }
    let stall = Duration.seconds(fleetSettings.stallTimeout)
    let timeout = step.timeout.map { Duration.seconds($0) }
    let work: PreparedStep.Work
    switch step.action {
    case .check(let images):
      work = .job(ImageJob(CheckJob(options: options(images), load: try images.map { try target($0) })))
    case .load(let load):
      work = .job(
        ImageJob(
          LoadJob(
            options: options(load.images), load: try target(load.images),
            mode: LoadMode(
              pin: load.pin, full: load.full, dryRun: settings.check, stall: stall,
              importTimeout: .seconds(fleetSettings.importTimeout ?? 600)))))
    case .verify(let images):
      work = .job(ImageJob(VerifyJob(options: options(images), load: try target(images))))
    case .exec(let exec):
      work = .job(CommandJob(exec, timeout: timeout, dryRun: settings.check, secrets: secrets))
    case .copy(let copy):
      work = .job(CopyJob(copy, file: try LocalFile(copy.from), dryRun: settings.check, stall: stall))
    case .pause(let pause):
      work = .pause(pause)
    case .upgrade(let upgrade):
      let control = try controlNode(step)
      // What is wrong with the chart and the values on this machine is told before anything is connected.
      _ = try UpgradeInputs(upgrade.spec)
      try refuseUnknownIssues(upgrade.spec)
      let upgrading = HelmUpgrade(
        control: control, hosts: fleet.allHosts,
        runner: FleetRunner(connector: fleet.connector, settings: fleetSettings), options: options(nil),
        rules: { PlaybookLibrary.rules(ofChart: $0) })
      return PreparedStep(step: step, nodes: [control], work: .upgrade(upgrade, upgrading))
    case .sync(let sync):
      work = .local(try SyncStep(sync))
    }
    let nodes = step.action.isLocal ? [] : try self.nodes(step)
    let nobody = nodes.isEmpty && !step.action.isLocal
    return PreparedStep(
      step: step, nodes: nodes, work: work, leftOut: nobody ? "-l leaves out all of its nodes" : nil)
  }

  private func nodes(_ step: Step) throws -> [Node] {
    guard let pattern = step.hosts else { return fleet.nodes }
    let selection = try fleet.select(pattern)
    for warning in selection.warnings { execution.context.console.warning("\(step.name): \(warning)") }
    let limited = Set(fleet.nodes.map(\.name))
    return selection.nodes.filter { limited.contains($0.name) }
  }

  private func controlNode(_ step: Step) throws -> Node {
    guard let pattern = step.hosts else {
      guard let control = fleet.control else {
        throw UsageError(
          "the step \(step.name) runs on the control node, and there is none",
          hint: "name one with --control, or put it into the inventory's group control")
      }
      return control
    }
    let nodes = try fleet.select(pattern).nodes
    guard nodes.count == 1 else {
      throw UsageError(
        "the step \(step.name) runs on one control node, and its hosts are \(nodes.count)",
        hint: "leave 'hosts' out for the control group's first")
    }
    return nodes[0]
  }

  /// An issue that nobody knows is a misspelled one, and would be asked about after all.
  private func refuseUnknownIssues(_ spec: UpgradeSpec) throws {
    let named = spec.accepted + spec.remedies
    guard !named.isEmpty else { return }
    let known = PlaybookLibrary.issueIDs.union(spec.knownIssues.map(\.id))
    guard let unknown = named.first(where: { !known.contains($0) }) else { return }
    throw UsageError(
      "there is no known issue \(unknown)",
      hint: NearestName.hint(unknown, in: known.sorted())
        ?? "there are \(known.sorted().joined(separator: ", "))")
  }

  private func options(_ images: ImageWork?) -> RuntimeOptions {
    RuntimeOptions(
      runtime: images?.runtime.flatMap(Runtime.Kind.init(rawValue:)), namespace: images?.namespace)
  }

  private mutating func target(_ images: ImageWork) throws -> LoadTarget {
    if let known = targets.first(where: { $0.images == images }) { return known.target }
    let target = try execution.prepare(
      ImageSettings(
        bundle: images.bundle, registry: images.registry, retags: images.retags,
        dropOriginal: images.dropOriginal, runtime: images.runtime, namespace: images.namespace,
        platform: images.platform))
    targets.append((images, target))
    return target
  }
}
