import Synchronization
import Testing

@testable import Fleet

@Suite struct FleetRunnerTests {
  /// A job that is one closure.
  struct Job: NodeJob {
    let work: @Sendable (NodeSession) async throws(Failure) -> NodeStatus
    func run(on session: NodeSession) async throws(Failure) -> NodeStatus { try await work(session) }
  }

  private let quick = RetryPolicy(retries: 2, firstPause: .milliseconds(1), longestPause: .milliseconds(2))

  private func connector() -> ScriptedConnector {
    ScriptedConnector { _ throws(Failure) in ScriptedRemote([]) }
  }

  @Test func resultsComeInTheNodesOrder() async {
    let nodes = (1...20).map { Node.testing("n\($0)") }
    let runner = FleetRunner(connector: connector(), forks: 4, retry: quick)
    let results = await runner.run(
      Job { session throws(Failure) in
        try? await Task.sleep(for: .milliseconds(session.node.name == "n1" ? 50 : 1))
        return .ok
      }, on: nodes, events: EventLog())
    #expect(results.map(\.name) == nodes.map(\.name))
    #expect(results.allSatisfy { $0.status == .ok && $0.attempts == 1 })
  }

  @Test func theWindowSlidesAndIsNeverWiderThanForks() async {
    let inFlight = Mutex((now: 0, most: 0))
    let order = Mutex<[String]>([])
    let runner = FleetRunner(connector: connector(), forks: 3, retry: quick)
    _ = await runner.run(
      Job { session throws(Failure) in
        inFlight.withLock {
          $0.now += 1
          $0.most = max($0.most, $0.now)
        }
        if session.node.name == "n1" {
          // The slow one: it takes until all others are done.
          while order.withLock({ $0.count }) < 11 { try? await Task.sleep(for: .milliseconds(2)) }
        } else {
          try? await Task.sleep(for: .milliseconds(2))
        }
        order.withLock { $0.append(session.node.name) }
        inFlight.withLock { $0.now -= 1 }
        return .ok
      }, on: (1...12).map { Node.testing("n\($0)") }, events: EventLog())
    #expect(inFlight.withLock { $0.most } == 3)
    // One slow node holds nobody back: it ends last although it began first.
    #expect(order.withLock { $0.last } == "n1")
  }

  @Test func oneNodesTroubleIsItsOwn() async {
    let connector = ScriptedConnector { node throws(Failure) in
      if node.name == "n2" { throw Failure(.connectRefused, "refused") }
      return ScriptedRemote([])
    }
    let runner = FleetRunner(connector: connector, forks: 2, retry: quick)
    let results = await runner.run(
      Job { session throws(Failure) in
        if session.node.name == "n3" { throw Failure(.diskFull, "full") }
        return .changed
      }, on: (1...4).map { Node.testing("n\($0)") }, events: EventLog())
    #expect(results.map(\.status) == [.changed, .unreachable, .failed, .changed])
    #expect(results[1].error?.code == .connectRefused)
    #expect(results[1].phase == .connect)
    // Neither is a failure that passes by itself.
    #expect(results.allSatisfy { $0.attempts == 1 })
  }

  @Test func aFailureThatMayPassIsTriedAgainWithANewConnection() async {
    let attempts = Mutex(0)
    let connector = connector()
    let runner = FleetRunner(connector: connector, forks: 1, retry: quick)
    let results = await runner.run(
      Job { session throws(Failure) in
        let attempt = attempts.withLock {
          $0 += 1
          return $0
        }
        session.sent(10)
        if attempt == 1 {
          session.markChanged()
          throw Failure(.connectionLost, "lost")
        }
        return .ok
      }, on: [Node.testing("n1")], events: EventLog())
    #expect(results[0].attempts == 2)
    #expect(results[0].bytesSent == 20)
    #expect(results[0].error == nil)
    // The first attempt changed something, so the run did.
    #expect(results[0].status == .changed)
    #expect(connector.connected == ["n1", "n1"])
  }

  @Test func cancellingLetsNobodyElseBegin() async {
    let connector = connector()
    let runner = FleetRunner(connector: connector, forks: 2, retry: quick)
    let (began, continuation) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      await runner.run(
        Job { session throws(Failure) in
          if session.node.name == "n1" { return .ok }
          continuation.yield()
          do { try await Task.sleep(for: .seconds(30)) } catch { throw Failure(.cancelled, "interrupted") }
          return .ok
        }, on: (1...6).map { Node.testing("n\($0)") }, events: EventLog())
    }
    var iterator = began.makeAsyncIterator()
    await iterator.next()
    await iterator.next()
    task.cancel()
    let results = await task.value
    #expect(results.map(\.status) == [.ok, .cancelled, .cancelled, .cancelled, .cancelled, .cancelled])
    #expect(Set(connector.connected) == ["n1", "n2", "n3"])
  }
}
