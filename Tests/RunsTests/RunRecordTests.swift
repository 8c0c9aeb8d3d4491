import Fleet
import Foundation
import Testing

@testable import Runs

@Suite struct RunRecordTests {
  private let directory = FileManager.default.temporaryDirectory.appending(
    path: "gantry-runs-\(UUID().uuidString)"
  ).path

  private func inputs(_ id: RunID, nodes: [String]) -> RunInputs {
    RunInputs(
      run: id.description, command: "load", started: "2026-01-02T03:04:05Z", gantryVersion: "0",
      workingDirectory: "/",
      nodes: nodes, invocation: "{}")
  }

  private func finished(_ name: String, _ status: NodeStatus) -> RunEvent {
    RunEvent(
      time: 1, node: name, kind: .finished(NodeResult(name: name, address: "192.0.2.1", status: status)))
  }

  @Test func nothingIsReadableByOthers() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let id = RunID()
    let (folder, journal) = try RunStore(stateDirectory: directory).begin(inputs(id, nodes: ["a"]), id: id)
    await journal.receive(RunEvent(time: 1, node: "a", kind: .output("hello")))
    await journal.receive(finished("a", .ok))
    #expect(await journal.finish() == nil)
    try folder.write(
      RunResult(run: id.description, command: "load", started: "", seconds: 0, dryRun: nil, nodes: []))
    var seen = 0
    let files = try #require(FileManager.default.enumerator(atPath: directory))
    for case let file as String in files {
      let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/" + file)
      let mode = try #require(attributes[.posixPermissions] as? Int)
      #expect(mode & 0o077 == 0, "\(file) has mode \(String(mode, radix: 8))")
      seen += 1
    }
    #expect(seen >= 6)
  }

  @Test func rerunTakesWhatIsNotFineAndWhatNeverFinished() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let id = RunID()
    let store = RunStore(stateDirectory: directory)
    let (folder, journal) = try store.begin(
      inputs(id, nodes: ["a", "b", "c", "d", "e", "f"]), id: id)
    #expect(folder.isRunning)
    for event in [
      finished("a", .ok), finished("b", .changed), finished("c", .failed), finished("d", .unreachable),
      finished("e", .cancelled),
    ] { await journal.receive(event) }
    // No result is written: the run was killed.
    #expect(await journal.finish() == nil)
    #expect(!folder.isRunning)
    #expect(try folder.result() == nil)
    #expect(try folder.nodesToRerun() == ["c", "d", "e", "f"])
    #expect(try store.latest().id == id)
  }

  @Test func journalWithABrokenLastLineIsReadUpToIt() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let id = RunID()
    let (folder, journal) = try RunStore(stateDirectory: directory).begin(
      inputs(id, nodes: ["a", "b"]), id: id)
    await journal.receive(finished("a", .ok))
    #expect(await journal.finish() == nil)
    let handle = try #require(FileHandle(forWritingAtPath: folder.journalPath.string))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"kind":{"finished":{"_0":{"name":"b","sta"#.utf8))
    try handle.close()
    #expect(try folder.nodeResults().map(\.name) == ["a"])
    #expect(try folder.nodesToRerun() == ["b"])
  }

  @Test(arguments: ["../../etc/passwd", "a/b", "..", "a\nb", "é", ""])
  func nodeNamesNeverLeaveTheFolder(name: String) throws {
    let folder = RunFolder(id: RunID(), path: "/x")
    let path = folder.logPath(of: name).string
    #expect(path.hasPrefix("/x/nodes/"))
    #expect(!path.dropFirst("/x/nodes/".count).contains("/"))
    #expect(path.hasSuffix(".log"))
  }

  @Test func runsAreFoundByTheirEnds() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let store = RunStore(stateDirectory: directory)
    #expect(throws: RunError.self) { try store.latest() }
    let first = try #require(RunID("20260102-030405-ab12"))
    let second = try #require(RunID("20260102-030406-cd34"))
    for id in [first, second] { _ = try store.begin(inputs(id, nodes: []), id: id) }
    #expect(store.all().map(\.id) == [second, first])
    #expect(try store.find("ab12").id == first)
    #expect(try store.find("20260102-030406").id == second)
    #expect(throws: RunError.self) { try store.find("20260102") }
    #expect(throws: RunError.self) { try store.find("../x") }
  }

  @Test(arguments: [
    "", "..", "20260102-030405", "20260102-030405-AB12", "20260102-030405-ab12x", "2026x102-030405-ab12",
  ])
  func badRunNamesAreNone(text: String) { #expect(RunID(text) == nil) }

  @Test func newNameIsOne() { #expect(RunID(RunID().description) != nil) }
}
