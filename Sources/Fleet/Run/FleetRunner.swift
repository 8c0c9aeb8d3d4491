import Foundation

/// Runs a job on every node, at most `forks` at a time.
///
/// The window slides: as soon as one node is done the next begins, so that a slow node holds up nobody but itself. A
/// node's trouble ends in its own result and touches no other.
public struct FleetRunner: Sendable {
  public var connector: any Connector
  public var forks: Int
  public var retry: RetryPolicy
  /// In whose name nodes are locked before they are changed; nil for work that belongs to no run.
  public var lockOwner: LockOwner?

  public init(connector: any Connector, forks: Int, retry: RetryPolicy, lockOwner: LockOwner? = nil) {
    self.lockOwner = lockOwner
    self.connector = connector
    self.forks = max(1, forks)
    self.retry = retry
  }

  /// Returns one result for each node, in the nodes' order.
  ///
  /// When the surrounding task is cancelled, nodes in flight stop as soon as their connection lets them, and those not
  /// begun are not begun; both are ``NodeStatus/cancelled``.
  public func run(_ job: any NodeJob, on nodes: [Node], events: any EventSink) async -> [NodeResult] {
    await withTaskGroup(of: (Int, NodeResult).self) { group in
      var results: [NodeResult?] = Array(repeating: nil, count: nodes.count)
      var next = 0
      func startOne() {
        guard next < nodes.count else { return }
        let index = next
        let node = nodes[index]
        next += 1
        group.addTask { (index, await work(job, on: node, events: events)) }
      }
      for _ in 0..<min(forks, nodes.count) { startOne() }
      while let (index, result) = await group.next() {
        results[index] = result
        startOne()
      }
      return results.compactMap { $0 }
    }
  }

  private func work(_ job: any NodeJob, on node: Node, events: any EventSink) async -> NodeResult {
    let clock = ContinuousClock()
    let start = clock.now
    var result = NodeResult(name: node.name, address: node.address, status: .cancelled)
    func emit(_ kind: RunEvent.Kind) {
      events.emit(RunEvent(time: Date().timeIntervalSince1970, node: node.name, kind: kind))
    }
    var changed = false
    var course = RetryCourse(retry)
    while !Task.isCancelled {
      result.attempts += 1
      emit(.started(attempt: result.attempts))
      let outcome = await attempt(job, on: node, events: events, result: &result, changed: &changed)
      guard let failure = outcome.failure, !Task.isCancelled else { break }
      guard let pause = course.pause(after: failure, wasThere: outcome.wasThere, now: clock.now) else {
        result.error = course.told(failure)
        break
      }
      emit(.retrying(failure, pause: pause / .seconds(1)))
      try? await Task.sleep(for: pause)
    }
    // An earlier attempt may have done what the last one found done.
    if result.status == .ok, changed { result.status = .changed }
    if result.attempts == 0 || (Task.isCancelled && !result.status.isFine) {
      result.status = .cancelled
      result.error = Failure(.cancelled, "interrupted", hint: "`gantry rerun` takes it up again")
    }
    // Milliseconds are as much as a clock on a busy machine can tell.
    result.seconds = ((clock.now - start) / .milliseconds(1)).rounded() / 1000
    emit(.finished(result))
    return result
  }

  /// One attempt; fills in the result, and returns the failure if there was one, and whether the node, and the runtime if
  /// that is what failed, was there at first.
  private func attempt(
    _ job: any NodeJob, on node: Node, events: any EventSink, result: inout NodeResult,
    changed: inout Bool
  ) async -> (failure: Failure?, wasThere: Bool) {
    let remote: any Remote
    result.phase = .connect
    do {
      remote = try await connector.connect(to: node)
    } catch {
      result.status = .unreachable
      result.error = error
      return (error, false)
    }
    let session = NodeSession(node: node, remote: remote, events: events, lockOwner: lockOwner)
    var failure: Failure?
    do {
      result.status = try await job.run(on: session)
      result.error = nil
    } catch {
      failure = error
      result.status = .failed
      result.error = error
    }
    session.complete(&result)
    if session.hasChanged { changed = true }
    await session.close()
    return (failure, failure?.code == .runtimeDown ? session.hasRuntime : true)
  }
}
