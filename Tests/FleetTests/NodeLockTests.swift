import Foundation
import Synchronization
import Testing

@testable import Fleet

/// Taking a node's lock: what the node's answers mean. That two runs do not mix on a real node is a test of the lab.
@Suite struct NodeLockTests {
  private static let other = "1 4711 123456 20260102-030405-ab12 root@ctl 1767323045"

  private func output(_ text: String, status: Int32 = 0) -> CommandOutput {
    CommandOutput(status: status, standardOutput: Array(text.utf8))
  }

  /// Locks for `owner` on a node that gives these answers in turn.
  private func lock(
    _ answers: [String], owner: LockOwner?, seen: NodeLock = .none
  ) async throws -> (again: Bool, commands: [RemoteCommand]) {
    let left = Mutex(answers)
    let remote = ScriptedRemote([
      .init(
        matches: { $0.words.starts(with: ["sh", "-s"]) && $0.changes && $0.asRoot },
        answer: { _, _ throws(Failure) in self.output(left.withLock { $0.removeFirst() }) })
    ])
    let session = NodeSession(node: .testing("n1"), remote: remote, events: EventLog(), lockOwner: owner)
    let again = try await session.lock(seen: seen)
    return (again, remote.commands)
  }

  private let owner = LockOwner(run: "20260102-040000-cd34", who: "pat@ctl")

  @Test func aFreeNodeIsTakenInOneRoundTrip() async throws {
    let (again, commands) = try await lock(["taken \nend\n"], owner: owner)
    #expect(!again)
    #expect(commands.count == 1)
    #expect(commands[0].words.suffix(2) == ["20260102-040000-cd34", "pat@ctl"])
  }

  @Test func withoutARunNothingIsSent() async throws {
    let (again, commands) = try await lock([], owner: nil)
    #expect(!again && commands.isEmpty)
  }

  @Test func theHolderIsTold() async throws {
    do {
      _ = try await lock(["held \(Self.other)\nend\n"], owner: owner)
      Issue.record("it was not refused")
    } catch let failure as Failure {
      #expect(failure.code == .nodeLocked)
      #expect(
        failure.message
          == "run 20260102-030405-ab12 of root@ctl, since 2026-01-02T03:04:05Z is changing this node")
      #expect(failure.hint?.contains("process 4711") == true)
      #expect(!RetryPolicy.passing.contains(failure.code))
    }
  }

  @Test func whatAnotherRunDidMeanwhileIsLookedAt() async throws {
    // The link of a run that is over is as it was: nothing has happened since.
    let gone = NodeLock(text: Self.other, isHeld: false)
    #expect(try await lock(["taken \(Self.other)\nend\n"], owner: owner, seen: gone).again == false)
    // Held at the look, and over since.
    let held = NodeLock(text: Self.other, isHeld: true)
    #expect(try await lock(["taken \(Self.other)\nend\n"], owner: owner, seen: held).again)
    // Not there at the look: somebody came and went.
    #expect(try await lock(["taken \(Self.other)\nend\n"], owner: owner).again)
  }

  @Test func waitsAsLongAsItIsTold() async throws {
    let patient = LockOwner(run: "r", who: "w", patience: .seconds(20))
    let (again, commands) = try await lock(
      ["held \(Self.other)\nend\n", "taken \(Self.other)\nend\n"], owner: patient)
    #expect(again)
    #expect(commands.count == 2)
  }

  @Test(arguments: [
    ("failed ln: Read-only file system\nend\n", FailureCode.lockFailed), ("taken \n", .badAnswer),
    ("", .badAnswer),
    ("what\nend\n", .badAnswer), ("taken \nend\nmore\n", .badAnswer),
  ])
  func otherAnswersLockNothing(answer: String, code: FailureCode) async throws {
    await #expect {
      _ = try await lock([answer], owner: owner)
    } throws: { ($0 as? Failure)?.code == code }
  }

  @Test func wordsStayWords() {
    let owner = LockOwner(run: "a b\n$(id)", who: "ü;x@y'z", over: ["../c"])
    #expect(owner.run == "abid")
    #expect(owner.who.unicodeScalars.allSatisfy { $0.isASCII && $0 != ";" && $0 != "'" })
    #expect(owner.over == ["..c"])
    #expect(LockOwner(run: "", who: "").who == "-")
  }

  @Test func aHostileLockIsMadePrintable() {
    let lock = NodeLock(text: "1 \u{1b}[31m 2 \u{1b}]0;x\u{7} r 1e400", isHeld: true)
    #expect(!(lock.holder + (lock.process ?? "")).contains("\u{1b}"))
  }
}
