import Foundation
import Playbooks

/// Runs the steps of a playbook, one after the other, each over its nodes in rolling batches.
///
/// A node that failed in a step takes no part in those after it. More failures than a step allows, none unless it says
/// otherwise, end the step after the batch and the playbook with it; what did not begin is told.
public struct PlaybookRunner: Sendable {
  public var connector: any Connector
  public var forks: Int
  public var retry: RetryPolicy
  public var files: any FileKeeper
  public var attendant: any PlaybookAttendant
  /// Changes nothing, and says what would be done.
  public var isDryRun = false
  /// Asks before each step.
  public var asksEachStep = false
  /// In whose name nodes are locked before their images are changed.
  public var lockOwner: LockOwner?

  public init(
    connector: any Connector, forks: Int, retry: RetryPolicy, files: any FileKeeper,
    attendant: any PlaybookAttendant
  ) {
    self.connector = connector
    self.forks = forks
    self.retry = retry
    self.files = files
    self.attendant = attendant
  }

  /// Returns one result for each step.
  ///
  /// - Parameters:
  ///   - facts: what conditions may ask for from the beginning: variables and bundles.
  ///   - resumption: an earlier run; its steps before the first open one are taken as they are, and in that one the
  ///     nodes that are done.
  public func run(
    _ steps: [PreparedStep], facts: Facts, resuming resumption: PlaybookResumption? = nil,
    events: any EventSink
  ) async -> [StepResult] {
    var state = PlaybookState(facts: facts, resumption: resumption)
    for (index, prepared) in steps.enumerated() {
      let result: StepResult
      if let answer = await state.answerWithoutWork(prepared, dryRun: isDryRun, agrees: agreement(prepared)) {
        result = answer
        emit(.step(.finished(result)), events)
      } else {
        result = await work(
          on: prepared, state: &state, position: StepEvent.Position(number: index + 1, of: steps.count),
          events: events)
      }
      state.take(result)
    }
    return state.results
  }

  /// With `--step`: whether somebody wants it; nil when nobody is asked.
  private func agreement(_ prepared: PreparedStep) -> (@Sendable () async -> Bool)? {
    guard asksEachStep else { return nil }
    return { [attendant] in
      let who = prepared.nodes.isEmpty ? "" : " on \(prepared.nodes.count) nodes"
      return await attendant.confirm("step \(prepared.step.name) (\(prepared.step.action.kind))\(who)?")
    }
  }

  // MARK: One step

  private func work(
    on prepared: PreparedStep, state: inout PlaybookState, position: StepEvent.Position,
    events: any EventSink
  ) async -> StepResult {
    let clock = ContinuousClock()
    let start = clock.now
    let step = prepared.step
    let (nodes, known) = state.split(prepared)
    emit(
      .step(
        .started(
          name: step.name, kind: step.action.kind, nodes: nodes.map(\.name) + known.map(\.name), position)),
      events)
    for result in known { emit(.finished(result), events, node: result.name) }

    var result = StepResult(name: step.name, kind: step.action.kind, status: .ok)
    switch prepared.work {
    case .job(let job):
      let done = await batches(job, step, nodes, events)
      result.nodes = inOrder(prepared.nodes, known + done)
      result.status = verdict(step, result.nodes)
      if result.status == .failed { result.reason = reason(step, result.nodes) }
    case .upgrade(let work, let upgrading):
      var spec = work.spec
      // What a dry run did not load is not there for the gate to find.
      if isDryRun, state.leftUnloaded { spec.skipCoverage = true }
      let outcome = await upgrading.upgrade(spec, dryRun: isDryRun, files: files, events: events)
      result.nodes = outcome.nodes
      result.upgrade = outcome.upgrade
      result.status = verdict(step, result.nodes)
    case .pause(let pause):
      result.status = await self.pause(pause)
      if result.status == .cancelled { result.reason = "nobody let it go on" }
    case .local(let work):
      (result.status, result.reason) = await work.run(dryRun: isDryRun, attendant: attendant)
    }
    if isDryRun, case .load = step.action, result.status != .ok { state.leftUnloaded = true }
    if Task.isCancelled, result.status != .ok, result.status != .changed { result.status = .cancelled }
    result.seconds = ((clock.now - start) / .milliseconds(1)).rounded() / 1000
    var event = result
    // Each node's end is an event of its own, except where another hand works.
    if case .job = prepared.work { event.nodes = [] }
    emit(.step(.finished(event)), events)
    return result
  }

  private func batches(
    _ job: any NodeJob, _ step: Step, _ nodes: [Node], _ events: any EventSink
  ) async -> [NodeResult] {
    var retry = retry
    if let retries = step.retries {
      retry.retries = retries
      if case .exec = step.action { retry.alsoPassing = [.remoteExit, .commandTimeout] }
    }
    let runner = FleetRunner(connector: connector, forks: forks, retry: retry, lockOwner: lockOwner)
    let job = step.timeout.map { TimedJob(job: job, limit: .seconds($0)) as any NodeJob } ?? job
    var results: [NodeResult] = []
    for batch in step.serial?.batches(of: nodes.count) ?? [0..<nodes.count] {
      let failures = results.count { !$0.status.isFine }
      if Task.isCancelled || step.maxFailures.isExceeded(by: failures, of: nodes.count) {
        let why =
          Task.isCancelled ? "interrupted" : "\(failures) of \(nodes.count) nodes failed before its turn"
        for node in nodes[batch] {
          let result = Self.notBegun(node, why)
          results.append(result)
          emit(.finished(result), events, node: node.name)
        }
        continue
      }
      results += await runner.run(job, on: Array(nodes[batch]), events: events)
    }
    return results
  }

  private func pause(_ pause: PauseWork) async -> StepResult.Status {
    switch pause {
    case .message(let message):
      if isDryRun {
        attendant.tell("would wait for somebody: \(message)")
        return .ok
      }
      return await attendant.confirm(message) ? .ok : .cancelled
    case .duration(let seconds, let message):
      if isDryRun {
        attendant.tell("would wait \(Int(seconds)) s")
        return .ok
      }
      attendant.tell(message ?? "waiting \(Int(seconds)) s")
      do { try await Task.sleep(for: .seconds(seconds)) } catch { return .cancelled }
      return .ok
    }
  }

  // MARK: Results

  private func verdict(_ step: Step, _ nodes: [NodeResult]) -> StepResult.Status {
    if nodes.contains(where: { $0.status == .cancelled }) { return .cancelled }
    if step.maxFailures.isExceeded(by: nodes.count { !$0.status.isFine }, of: nodes.count) { return .failed }
    if nodes.allSatisfy({ $0.status == .skipped }) { return .skipped }
    return nodes.contains { $0.status == .changed } ? .changed : .ok
  }

  private func reason(_ step: Step, _ nodes: [NodeResult]) -> String {
    let failures = nodes.count { !$0.status.isFine }
    return "\(failures) of \(nodes.count) nodes failed, and \(step.maxFailures.amount) may"
  }

  private func inOrder(_ nodes: [Node], _ results: [NodeResult]) -> [NodeResult] {
    let byName = Dictionary(results.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    return nodes.compactMap { byName[$0.name] }
  }

  static func notBegun(_ node: Node, _ why: String) -> NodeResult {
    NodeResult(
      name: node.name, address: node.address, status: .skipped,
      error: Failure(.notBegun, "not begun: \(why)", hint: "`gantry rerun` takes it up"))
  }

  private func emit(_ kind: RunEvent.Kind, _ events: any EventSink, node: String = "") {
    events.emit(RunEvent(time: Date().timeIntervalSince1970, node: node, kind: kind))
  }
}
