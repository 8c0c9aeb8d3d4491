import Fleet
import Foundation
import SystemPackage

/// The folder of one run: what it was asked, what happened, what each node printed, how it ended.
///
/// ```
/// 20260102-030405-ab12/        0700
///   inputs.json                written before the first connection
///   journal.jsonl              one event on each line, appended as it happens
///   nodes/NAME.log             all that the node's commands printed
///   result.json                written when the run has ended; missing after a kill
/// ```
public struct RunFolder: Sendable {
  public let id: RunID
  let path: FilePath

  var inputsPath: FilePath { path.appending("inputs.json") }
  var journalPath: FilePath { path.appending("journal.jsonl") }
  var resultPath: FilePath { path.appending("result.json") }
  var logsPath: FilePath { path.appending("nodes") }

  /// The path as text, to tell people.
  public var location: String { path.string }

  /// The log of one node. A name that is no plain file name is written with `%XX`.
  func logPath(of node: String) -> FilePath {
    var name = ""
    for byte in node.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        name.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        name += "%" + (hex.count == 1 ? "0" : "") + hex
      }
    }
    return logsPath.appending(String(name.prefix(200)) + ".log")
  }

  /// What the run was asked to do.
  public func inputs() throws(RunError) -> RunInputs {
    try read(RunInputs.self, from: inputsPath)
  }

  /// How it ended; nil when it never got there.
  public func result() throws(RunError) -> RunResult? {
    guard FileManager.default.fileExists(atPath: resultPath.string) else { return nil }
    return try read(RunResult.self, from: resultPath)
  }

  /// Writes the result, at the end of the run.
  public func write(_ result: RunResult) throws(RunError) {
    try PrivateFile.write(try Self.encode(result), to: resultPath)
  }

  /// What is known of each node: from the result, or after a kill from the journal. Nodes that had not finished are
  /// missing.
  public func nodeResults() throws(RunError) -> [NodeResult] {
    if let result = try result() { return result.nodes }
    let account = Journal.account(of: journalPath)
    return account.steps.isEmpty ? account.nodes : StepResult.folded(account.steps)
  }

  /// What is known of each step of a playbook: from the result, or after a kill from the journal, where the step under
  /// way counts as cancelled and has the nodes that were done.
  public func stepResults() throws(RunError) -> [StepResult] {
    try result()?.steps ?? Journal.account(of: journalPath).steps
  }

  /// The nodes that a rerun takes up: those that are not as asked, and those of which nothing is known.
  public func nodesToRerun() throws(RunError) -> [String] {
    let fine = Set(try nodeResults().filter { !$0.status.needsRerun }.map(\.name))
    return try inputs().nodes.filter { !fine.contains($0) }
  }

  /// Another process is writing this run right now.
  public var isRunning: Bool { Journal.isHeld(journalPath) }

  /// A node's log, whole; nil when it printed nothing.
  public func log(of node: String) -> Data? { FileManager.default.contents(atPath: logPath(of: node).string) }

  static func encode(_ value: some Encodable) throws(RunError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return try encoder.encode(value) } catch {
      throw RunError(.corrupt, "cannot encode the record: \(error)")
    }
  }

  private func read<Value: Decodable>(_ type: Value.Type, from file: FilePath) throws(RunError) -> Value {
    guard let data = FileManager.default.contents(atPath: file.string) else {
      throw RunError(.corrupt, "the record of run \(id) lacks \(file.lastComponent?.string ?? "a file")")
    }
    do { return try JSONDecoder().decode(type, from: data) } catch {
      throw RunError(.corrupt, "the record of run \(id) cannot be read: \(file.lastComponent?.string ?? "")")
    }
  }
}
