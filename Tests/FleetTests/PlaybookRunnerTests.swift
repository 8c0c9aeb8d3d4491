import Foundation
import Helm
import Synchronization
import Testing

@testable import Fleet
@testable import Playbooks

/// Steps over nodes: batches, verdicts, conditions, dry runs, and taking up again.
@Suite struct PlaybookRunnerTests {
  /// Keeps what it is told; answers every question alike.
  final class Attendant: PlaybookAttendant {
    let answer: Bool
    private let heard = Mutex<[String]>([])
    init(_ answer: Bool = true) { self.answer = answer }
    var lines: [String] { heard.withLock { $0 } }
    func tell(_ text: String) { heard.withLock { $0.append(text) } }
    func confirm(_ question: String) async -> Bool {
      heard.withLock { $0.append(question) }
      return answer
    }
  }

  struct Files: FileKeeper {
    func keep(_ bytes: [UInt8], as name: String) throws(Failure) -> String { name }
  }

  final class Upgrades: Upgrading {
    private let seen = Mutex<[(spec: UpgradeSpec, dryRun: Bool)]>([])
    var calls: [(spec: UpgradeSpec, dryRun: Bool)] { seen.withLock { $0 } }
    func upgrade(
      _ spec: UpgradeSpec, dryRun: Bool, files: any FileKeeper, events: any EventSink
    ) async -> UpgradeOutcome {
      seen.withLock { $0.append((spec, dryRun)) }
      return UpgradeOutcome(
        nodes: [NodeResult(name: "control", address: "c", status: .changed)],
        upgrade: UpgradeResult(release: spec.release, namespace: spec.namespace))
    }
  }

  /// Fails on some nodes and keeps the order in which nodes came.
  final class Work: NodeJob {
    let bad: Set<String>
    private let seen = Mutex<[String]>([])
    init(bad: Set<String> = []) { self.bad = bad }
    var nodes: [String] { seen.withLock { $0 } }
    func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
      seen.withLock { $0.append(session.node.name) }
      if bad.contains(session.node.name) { throw Failure(.remoteExit, "bad") }
      return .changed
    }
  }

  private static func playbook(_ text: String) throws -> Playbook {
    let source = PlaybookSource(path: "p.yaml", text: text, folder: "/")
    let variables = try source.lint().variables
    return try source.bind(try VariableValues(of: variables, from: .init(folder: "/")))
  }

  private static let connector = ScriptedConnector { _ throws(Failure) in ScriptedRemote([]) }

  private func runner(_ attendant: Attendant = Attendant(), connector: any Connector = Self.connector)
    -> PlaybookRunner
  {
    PlaybookRunner(
      connector: connector, forks: 1,
      retry: RetryPolicy(retries: 0, firstPause: .milliseconds(1), longestPause: .milliseconds(2)),
      files: Files(),
      attendant: attendant)
  }

  private func nodes(_ count: Int) -> [Node] { (1...count).map { Node.testing("n\($0)") } }

  /// Steps a, b, … that run on every node.
  private func steps(_ text: String, _ jobs: [any NodeJob], on nodes: [Node]) throws -> [PreparedStep] {
    zip(try Self.playbook(text).steps, jobs).map { PreparedStep(step: $0, nodes: nodes, work: .job($1)) }
  }

  static let three = """
    steps:
      - {name: a, exec: {command: [x]}}
      - {name: b, exec: {command: [x]}}
      - {name: c, exec: {command: [x]}}
    """

  @Test func aFailureStopsThePlaybookBeforeTheNextStep() async throws {
    let (a, b, c) = (Work(), Work(bad: ["n2"]), Work())
    let results = await runner().run(
      try steps(Self.three, [a, b, c], on: nodes(3)), facts: Facts(), events: EventLog())
    #expect(results.map(\.status) == [.changed, .failed, .notBegun])
    // The others of the step are not held up by one.
    #expect(b.nodes == ["n1", "n2", "n3"] && c.nodes.isEmpty)
    #expect(results[1].reason == "1 of 3 nodes failed, and 0 may")
    #expect(results[2].nodes.isEmpty && results[2].reason == "'b' failed")
    let folded = StepResult.folded(results)
    #expect(folded.map(\.status) == [.changed, .failed, .changed])
    var result = RunResult(run: "r", command: "run", started: "", seconds: 0, dryRun: nil, nodes: folded)
    result.steps = results
    #expect(result.exitCode == 1)
  }

  @Test func aBatchWithTooManyFailuresIsTheLast() async throws {
    let text =
      "steps:\n  - {name: a, exec: {command: [x]}, serial: [1, 2], max_failures: 1}\n  - {name: b, exec: {command: [x]}}\n"
    let (a, b) = (Work(bad: ["n2", "n3"]), Work())
    let log = EventLog()
    let results = await runner().run(try steps(text, [a, b], on: nodes(7)), facts: Facts(), events: log)
    #expect(a.nodes == ["n1", "n2", "n3"] && b.nodes.isEmpty)
    #expect(results[0].status == .failed)
    #expect(
      results[0].nodes.map(\.status) == [.changed, .failed, .failed, .skipped, .skipped, .skipped, .skipped])
    #expect(results[0].nodes[3...].allSatisfy { $0.error?.code == .notBegun })
    #expect(results[0].doneNodes == ["n1"])
    // Those that did not begin are told too.
    let told = log.events.compactMap { event in
      if case .finished(let result) = event.kind { result.name } else { nil }
    }
    #expect(Set(told) == Set((1...7).map { "n\($0)" }))
  }

  @Test func aNodeThatFailedTakesNoPartInWhatFollows() async throws {
    let text =
      "steps:\n  - {name: a, exec: {command: [x]}, max_failures: 50%}\n  - {name: b, exec: {command: [x]}}\n"
    let (a, b) = (Work(bad: ["n2"]), Work())
    let results = await runner().run(
      try steps(text, [a, b], on: nodes(3)), facts: Facts(), events: EventLog())
    #expect(results.map(\.status) == [.changed, .changed])
    #expect(b.nodes == ["n1", "n3"])
    #expect(StepResult.folded(results).map(\.status) == [.changed, .failed, .changed])
  }

  @Test func conditionsAskForEarlierStepsAndForNodes() async throws {
    let text = """
      variables: {wanted: {type: flag, default: false}}
      steps:
        - {name: a, exec: {command: [x]}}
        - {name: b, exec: {command: [x]}, when: steps.a.changed and steps.a.status == 'changed'}
        - {name: c, exec: {command: [x]}, when: steps.b.status == 'failed'}
        - {name: d, exec: {command: [x]}, when: node.name != 'n2'}
        - {name: e, exec: {command: [x]}, when: wanted}
      """
    let jobs = (0..<5).map { _ in Work() }
    var facts = Facts()
    facts["wanted"] = .flag(false)
    let results = await runner().run(try steps(text, jobs, on: nodes(3)), facts: facts, events: EventLog())
    #expect(jobs.map(\.nodes.count) == [3, 3, 0, 2, 0])
    #expect(results.map(\.status) == [.changed, .changed, .skipped, .changed, .skipped])
    #expect(results[3].nodes.map(\.status) == [.changed, .skipped, .changed])
    #expect(results[3].isDone && results[2].reason?.contains("steps.b.status") == true)
  }

  @Test func retriesOfACommandAreForItsStatusToo() async throws {
    let attempts = Mutex(0)
    struct Flaky: NodeJob {
      let work: @Sendable () throws(Failure) -> NodeStatus
      func run(on session: NodeSession) async throws(Failure) -> NodeStatus { try work() }
    }
    let job = Flaky { () throws(Failure) in
      let attempt = attempts.withLock {
        $0 += 1
        return $0
      }
      if attempt < 3 { throw Failure(.remoteExit, "not yet") }
      return .ok
    }
    let text =
      "steps:\n  - {exec: {command: [x]}, retries: 2}\n  - {name: b, copy: {from: /a, to: /b}, retries: 2}\n"
    let results = await runner().run(
      try steps(text, [job, Work(bad: ["n1"])], on: nodes(1)), facts: Facts(), events: EventLog())
    #expect(results[0].status == .ok && results[0].nodes[0].attempts == 3)
    // A copy that was refused is not tried again.
    #expect(results[1].nodes[0].attempts == 1)
  }

  @Test func aStepsTimeIsLimitedOnEachNode() async throws {
    struct Slow: NodeJob {
      func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
        do { try await Task.sleep(for: .seconds(3600)) } catch { throw Failure(.cancelled, "stopped") }
        return .ok
      }
    }
    let start = ContinuousClock.now
    let results = await runner().run(
      try steps("steps:\n  - {exec: {command: [x]}, timeout: 1s}\n", [Slow()], on: nodes(1)), facts: Facts(),
      events: EventLog())
    #expect(results[0].nodes[0].error?.code == .commandTimeout)
    // A busy machine may be late by far; it is not an hour.
    #expect(ContinuousClock.now - start < .seconds(600))
  }

  @Test func aRerunBeginsWithTheOpenStepOnItsOpenNodes() async throws {
    let (a, b, c) = (Work(), Work(bad: ["n2"]), Work())
    let first = await runner().run(
      try steps(Self.three, [a, b, c], on: nodes(3)), facts: Facts(), events: EventLog())
    let resumption = try #require(PlaybookResumption(first, of: ["a", "b", "c"]))
    #expect(resumption.step == "b")
    let (a2, b2, c2) = (Work(), Work(), Work())
    let second = await runner().run(
      try steps(Self.three, [a2, b2, c2], on: nodes(3)), facts: Facts(), resuming: resumption,
      events: EventLog())
    #expect(a2.nodes.isEmpty && b2.nodes == ["n2"] && c2.nodes == ["n1", "n2", "n3"])
    #expect(second.map(\.status) == [.changed, .changed, .changed])
    #expect(second[1].nodes.map(\.name) == ["n1", "n2", "n3"])
    #expect(PlaybookResumption(second, of: ["a", "b", "c"]) == nil)
  }

  @Test func aStepThatAKilledRunNeverCameToIsOpen() throws {
    let done = StepResult(name: "a", kind: "exec", status: .ok)
    #expect(PlaybookResumption([done], of: ["a", "b"])?.step == "b")
    #expect(PlaybookResumption([], of: ["a"])?.step == "a")
    #expect(PlaybookResumption([done], of: ["a"]) == nil)
  }

  @Test func aPauseThatNobodyAnswersStopsEverything() async throws {
    let playbook = try Self.playbook("steps:\n  - pause: {message: go on?}\n  - exec: {command: [x]}\n")
    let work = Work()
    let prepared = [
      PreparedStep(step: playbook.steps[0], nodes: [], work: .pause(.message("go on?"))),
      PreparedStep(step: playbook.steps[1], nodes: nodes(1), work: .job(work)),
    ]
    let attendant = Attendant(false)
    let results = await runner(attendant).run(prepared, facts: Facts(), events: EventLog())
    #expect(results.map(\.status) == [.cancelled, .notBegun])
    #expect(attendant.lines == ["go on?"] && work.nodes.isEmpty)
    let dry = Attendant(false)
    var dryRunner = runner(dry)
    dryRunner.isDryRun = true
    let told = await dryRunner.run(prepared, facts: Facts(), events: EventLog())
    #expect(told.map(\.status) == [.ok, .changed] && dry.lines == ["would wait for somebody: go on?"])
  }

  /// The whole of a module's playbook, dry: nothing that a node is sent changes anything.
  @Test func aDryRunSendsNoChangingCommand() async throws {
    let text = """
      steps:
        - exec: {command: [rm, -rf, /x]}
        - {name: shell, exec: {shell: "rm x; rm y"}}
        - {name: once, exec: {command: [make], creates: /made}}
        - {name: look, exec: {command: [cat, /etc/os-release], changes: false}}
        - copy: {from: FILE, to: /etc/x.conf}
        - upgrade: {release: r, namespace: n, chart: /c}
      """
    let file = FileManager.default.temporaryDirectory.appending(path: "copy-\(UUID().uuidString)").path
    try "hello\n".write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let playbook = try Self.playbook(text.replacing("FILE", with: file))
    let remote = ScriptedRemote([
      ScriptedRemote.Reply(matches: { !$0.changes }) { command, _ throws(Failure) in
        CommandOutput(status: command.words.first == "test" ? 1 : 0)
      }
    ])
    let connector = ScriptedConnector { _ throws(Failure) in remote }
    let upgrades = Upgrades()
    let prepared = try playbook.steps.map { step in
      switch step.action {
      case .exec(let work):
        PreparedStep(
          step: step, nodes: nodes(1), work: .job(CommandJob(work, timeout: nil, dryRun: true, secrets: [])))
      case .copy(let work):
        PreparedStep(
          step: step, nodes: nodes(1),
          work: .job(CopyJob(work, file: try LocalFile(work.from), dryRun: true, stall: .seconds(5))))
      case .upgrade(let work):
        PreparedStep(step: step, nodes: nodes(1), work: .upgrade(work, upgrades))
      default: preconditionFailure("no such step here")
      }
    }
    var runner = runner(connector: connector)
    runner.isDryRun = true
    let results = await runner.run(prepared, facts: Facts(), events: EventLog())
    #expect(
      results.map(\.status) == [.changed, .changed, .changed, .ok, .changed, .changed],
      "\(results.map(\.reason))")
    #expect(!remote.commands.isEmpty && remote.commands.allSatisfy { !$0.changes })
    #expect(!remote.commands.contains { $0.words.contains("rm") || $0.words.contains("make") })
    #expect(upgrades.calls.map(\.dryRun) == [true])
  }
}
