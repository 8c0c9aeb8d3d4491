import Foundation
import Helm
import Images
import Inventory

/// Upgrades a release with the helm and kubectl of the control node, once every node has every image for it.
///
/// tools and cluster → release → chart → values and migrations → known issues → render → coverage gate → backups →
/// labels → definitions → helm upgrade → rollback where that fails. Up to the gate nothing is changed but helm's own
/// list of repositories.
public struct HelmUpgrade: Upgrading {
  private let control: Node
  /// Every host of the inventory: those that are nodes of the cluster are asked.
  private let hosts: [Node]
  private let runner: FleetRunner
  private let options: RuntimeOptions
  private let rules: @Sendable (String) -> ModuleRules?

  /// - Parameter rules: what is known of the module whose chart has that name.
  public init(
    control: Node, hosts: [Node], runner: FleetRunner, options: RuntimeOptions,
    rules: @escaping @Sendable (String) -> ModuleRules?
  ) {
    self.rules = rules
    self.control = control
    self.hosts = hosts
    self.runner = runner
    self.options = options
  }

  public func upgrade(
    _ spec: UpgradeSpec, dryRun: Bool, files: any FileKeeper, events: any EventSink
  ) async -> UpgradeOutcome {
    let start = ContinuousClock.now
    var outcome = UpgradeOutcome(
      nodes: [], upgrade: UpgradeResult(release: spec.release, namespace: spec.namespace))
    outcome.upgrade.registry = spec.registry
    var own = NodeResult(name: control.name, address: control.address, status: .failed, attempts: 1)
    emit(.started(attempt: 1), events)
    do {
      let inputs = try readInputs(spec)
      let remote = try await runner.connector.connect(to: control)
      let session = NodeSession(node: control, remote: remote, events: events)
      own.status = await work(spec, dryRun, inputs, files, events, session, &outcome, &own.error)
      session.complete(&own)
      await session.close()
    } catch {
      own.status =
        error.code == .cancelled ? .cancelled : FailureCode.unconnected(error.code) ? .unreachable : .failed
      own.error = error
    }
    if let asked = outcome.nodes.firstIndex(where: { $0.name == own.name }) {
      // The control node is a node of the cluster too: one result tells both.
      own.images = outcome.nodes[asked].images
      own.facts = outcome.nodes[asked].facts
      if own.status.isFine, !outcome.nodes[asked].status.isFine {
        own.status = outcome.nodes[asked].status
        own.error = outcome.nodes[asked].error
      }
      outcome.nodes.remove(at: asked)
    }
    own.seconds = ((ContinuousClock.now - start) / .milliseconds(1)).rounded() / 1000
    outcome.nodes.insert(own, at: 0)
    emit(.finished(own), events)
    return outcome
  }

  private func readInputs(_ spec: UpgradeSpec) throws(Failure) -> UpgradeInputs {
    do { return try UpgradeInputs(spec) } catch let error as HelmError {
      throw Failure(error)
    } catch let error as ImageError {
      throw Failure(error)
    } catch let failure as Failure {
      throw failure
    } catch { throw Failure(.badAnswer, "the chart cannot be read") }
  }

  // MARK: The work

  private func work(
    _ spec: UpgradeSpec, _ dryRun: Bool, _ inputs: UpgradeInputs, _ files: any FileKeeper,
    _ events: any EventSink,
    _ session: NodeSession, _ outcome: inout UpgradeOutcome, _ problem: inout Failure?
  ) async -> NodeStatus {
    var run: UpgradeRun
    session.enter(.probe)
    do {
      run = UpgradeRun(
        spec: spec, dryRun: dryRun, inputs: inputs, session: session, files: files,
        tools: try await ControlTools.find(for: spec, on: session), result: outcome.upgrade,
        stamp: Self.stamp())
    } catch {
      problem = error
      return error.code == .cancelled ? .cancelled : .failed
    }
    do {
      let status = try await steps(&run, events, &outcome)
      outcome.upgrade = run.result
      return status
    } catch {
      outcome.upgrade = run.result
      problem = Failure(error.code, run.tools.mask.masked(error.message), hint: error.hint)
      return error.code == .cancelled ? .cancelled : .failed
    }
  }

  private func steps(
    _ run: inout UpgradeRun, _ events: any EventSink, _ outcome: inout UpgradeOutcome
  ) async throws(Failure) -> NodeStatus {
    try await run.findRelease()
    try await run.findNodes()
    run.session.enter(.plan)
    try await run.findChart()
    if run.spec.moduleRules, let name = run.info?.name, let known = rules(name) { run.spec.add(known) }
    try run.checkIssueNames()
    try run.checkVersions()
    try await run.findValues()
    try run.migrate()
    try await run.checkIssues()
    try await run.render()
    if run.dryRun {
      // Told whatever the nodes say.
      try await run.compareManifests()
      run.result.commands = run.commands
    }
    try await gate(&run, events, &outcome)
    if run.dryRun { return .changed }
    try await run.backUp()
    try await run.remedy()
    try await run.applyDefinitions()
    return try await upgrade(&run, events)
  }

  private func gate(
    _ run: inout UpgradeRun, _ events: any EventSink, _ outcome: inout UpgradeOutcome
  ) async throws(Failure) {
    let images = try run.images()
    let (nodes, missing) = ClusterNode.match(run.nodes, hosts)
    outcome.notInInventory = missing
    guard !run.spec.skipCoverage else {
      run.session.note(
        "not asked whether the nodes have the \(images.count) images of the chart (--skip-coverage)")
      return
    }
    run.session.enter(.verify)
    run.result.imagesChecked = images.count
    run.session.note("asking \(nodes.count) nodes for \(images.count) images")
    let results = await runner.run(CoverageJob(options: options, images: images), on: nodes, events: events)
    outcome.nodes = results
    if Task.isCancelled { throw Failure(.cancelled, "interrupted", hint: "the release is as it was") }
    let bad = results.filter { !$0.status.isFine }
    guard bad.isEmpty else {
      let first = bad[0]
      throw Failure(
        .imagesMissing,
        "the upgrade would end in pods without images: \(bad.count) of \(results.count) nodes are not ready for it, "
          + "\(first.name) first: \(first.error?.message ?? first.status.rawValue)",
        hint: "`gantry load` brings the images; --skip-coverage insists; the release is as it was")
    }
    guard missing.isEmpty else {
      throw Failure(
        .imagesMissing,
        "\(missing.count) nodes of the cluster are not in the inventory, and nobody can ask them: "
          + missing.prefix(5).joined(separator: ", "),
        hint: "add them to the inventory; --skip-coverage insists; the release is as it was")
    }
  }

  private func upgrade(_ run: inout UpgradeRun, _ events: any EventSink) async throws(Failure) -> NodeStatus {
    let second = SecondConnection(connector: runner.connector, session: run.session, events: events)
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    let problem: Failure?
    do {
      problem = try await run.upgrade(second, name: name)
    } catch {
      // Nobody knows how far helm came; who can be asked is asked.
      let state = await second.state(of: run.spec, run.tools)
      run.result.status = state?.status
      run.result.toRevision = state?.revision
      let said =
        state.map { "revision \($0.revision) is \($0.status)" } ?? "nobody could be asked what state it is in"
      throw Failure(
        error.code, "helm upgrade: \(error.message); of \(run.spec.release), \(said)",
        hint: run.lastGood.map { "helm rollback \(run.spec.release) \($0) -n \(run.spec.namespace)" })
    }
    if let problem { throw await run.recover(from: problem) }
    try await run.readBack()
    if !run.spec.wait, let pods = try? await run.rollout.notReady(run.tools, run.session) {
      run.result.podsNotReady = pods
    }
    run.session.note(
      "\(run.spec.release): revision \(run.result.toRevision ?? 0) is \(run.result.status ?? "unknown")")
    return .changed
  }

  private func emit(_ kind: RunEvent.Kind, _ events: any EventSink) {
    events.emit(RunEvent(time: Date().timeIntervalSince1970, node: control.name, kind: kind))
  }

  /// UTC, as in a run's name.
  private static func stamp() -> String {
    let text = Date().formatted(.iso8601)
    return text.filter { $0.isNumber || $0 == "T" }.replacing("T", with: "-")
  }
}

extension FailureCode {
  /// No command could be run at all.
  static func unconnected(_ code: FailureCode) -> Bool {
    [
      .resolveFailed, .connectRefused, .connectTimeout, .connectFailed, .connectDropped, .loginTimeout,
      .handshakeFailed, .connectionLost, .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked, .authFailed,
      .keyUnusable,
    ].contains(code)
  }
}
