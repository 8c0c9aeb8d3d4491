import Foundation
import Testing

/// What tests of faults need: a run in progress, the moment to do harm in, and the table of what came of it.
extension Lab {
  /// A gantry that runs while the test does harm.
  struct Running {
    let outcome: Task<Outcome, any Error>
    fileprivate let before: Set<String>
  }

  private func runs() -> Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: state + "/runs")) ?? [])
  }

  /// Starts a command with the lab's inventory and state folder, in the background.
  func begin(_ command: String, _ arguments: String...) -> Running {
    let words =
      [command, "-i", inventory, "--known-hosts", directory + "/known_hosts", "--state-dir", state]
      + arguments
    return Running(outcome: Task { try await Self.execute(Self.gantry, words) }, before: runs())
  }

  /// The record's folder of a run that was begun; waits for it.
  func record(of running: Running) async throws -> String {
    for _ in 0..<600 {
      if let run = runs().subtracting(running.before).first { return "\(state)/runs/\(run)" }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Missed(what: "the run did not begin")
  }

  /// Returns once the run's journal says that a node has entered a phase.
  func wait(for phase: String, on node: String, in running: Running) async throws {
    let journal = try await record(of: running) + "/journal.jsonl"
    for _ in 0..<600 {
      let text = (try? String(contentsOfFile: journal, encoding: .utf8)) ?? ""
      if text.split(separator: "\n").contains(where: {
        $0.contains(#""phase":{"_0":"\#(phase)"}"#) && $0.contains(#""node":"\#(node)""#)
      }) {
        return
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Missed(what: "\(node) did not reach \(phase)")
  }

  struct Missed: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
  }

  /// `gantry runs show` of the newest run.
  func show(_ more: [String]) async throws -> Outcome {
    let newest = try #require(runs().max())
    return try await Self.execute(Self.gantry, ["runs", "show", "--state-dir", state] + more + [newest])
  }

  /// No import is left running on a node. It ends with its connection; a link that lost packets, or a busy disk that the
  /// daemon flushes to, make that take a while.
  func expectNoImport(_ node: String) async throws {
    var left = ""
    for _ in 0..<90 {
      let seen = try await inside(
        node, "sh", "-c",
        "ps -e -o pid,stat,wchan:24,etime,args | grep '[i]mages import\\|[d]ocker load'; echo end")
      left = seen.output
      if left == "end\n" { return }
      try await Task.sleep(for: .milliseconds(500))
    }
    let connections = try await inside(node, "cat", "/proc/net/tcp").output
    Issue.record("\(node): an import is left\n\(left)\n\(connections)")
  }
}

/// The table fault → outcome, as the tests met them: on standard output, and in the file that `GANTRY_FAULTS_TABLE`
/// names.
enum FaultTable {
  static func row(_ fault: String, _ node: Document.Node?, _ exit: Int32, _ more: String = "") {
    guard let node else { return }
    var outcome = node.status
    if let error = node.error { outcome += " (`\(error.code)`)" }
    if node.attempts > 1 { outcome += ", \(node.attempts) attempts" }
    row(fault, outcome + (more.isEmpty ? "" : "; " + more), exit: exit)
  }

  static func row(_ fault: String, _ outcome: String, exit: Int32) {
    let line = Data("| \(fault) | \(outcome) | \(exit) |\n".utf8)
    FileHandle.standardOutput.write(line)
    guard let path = ProcessInfo.processInfo.environment["GANTRY_FAULTS_TABLE"] else { return }
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    guard let file = FileHandle(forWritingAtPath: path) else { return }
    defer { try? file.close() }
    _ = try? file.seekToEnd()
    try? file.write(contentsOf: line)
  }
}
