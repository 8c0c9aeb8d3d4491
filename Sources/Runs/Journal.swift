import Fleet
import Foundation
import SystemPackage

/// The append-only record of a run's events and of what each node printed.
///
/// Each line goes out in one write(2), so a kill at any point leaves whole lines and at most one broken one at the end,
/// which the reader drops. While the run lasts the file is locked, which tells a run in progress from a killed one.
public actor Journal: RunListener {
  private let file: FileDescriptor
  private let folder: RunFolder
  private var logs: [String: FileDescriptor] = [:]
  private var failure: RunError?

  init(_ folder: RunFolder) throws(RunError) {
    self.folder = folder
    file = try PrivateFile.openForAppending(folder.journalPath)
    // Never contended: the folder is new. The lock ends with the process, however that ends.
    _ = flock(file.rawValue, LOCK_EX | LOCK_NB)
  }

  public func receive(_ event: RunEvent) {
    do {
      switch event.kind {
      case .progress:
        return
      case .output(let text):
        try log(text, of: event.node)
      default:
        var line = try RunFolder.encode(event)
        line.append(UInt8(ascii: "\n"))
        try append(line, to: file)
        if case .finished = event.kind { try close(event.node) }
      }
    } catch {
      // A full disk on this machine must not stop the fleet; the run tells of it at its end.
      failure = failure ?? error
    }
  }

  /// The first error of writing, if there was one: the record has a hole.
  public func finish() -> RunError? {
    for node in Array(logs.keys) { try? close(node) }
    try? file.close()
    return failure
  }

  private func log(_ text: String, of node: String) throws(RunError) {
    let log: FileDescriptor
    if let open = logs[node] {
      log = open
    } else {
      log = try PrivateFile.openForAppending(folder.logPath(of: node))
      logs[node] = log
    }
    try append(Data((text.hasSuffix("\n") ? text : text + "\n").utf8), to: log)
  }

  private func close(_ node: String) throws(RunError) {
    guard let log = logs.removeValue(forKey: node) else { return }
    do { try log.close() } catch {
      throw RunError(.stateUnusable, "cannot write the log of \(node): \(error)")
    }
  }

  private func append(_ data: Data, to file: FileDescriptor) throws(RunError) {
    do { _ = try file.writeAll(data) } catch {
      throw RunError(.stateUnusable, "cannot write the record: \(error)")
    }
  }

  /// What a journal tells of nodes and of a playbook's steps.
  struct Account: Sendable {
    /// The last result of each node that finished, in the journal's order.
    var nodes: [NodeResult] = []
    /// The steps that began or were answered; the last may lack its end.
    var steps: [StepResult] = []
  }

  static func account(of path: FilePath) -> Account {
    guard let data = FileManager.default.contents(atPath: path.string) else { return Account() }
    var account = Account()
    var positions: [String: Int] = [:]
    var stepNodes: Set<String> = []
    for line in data.split(separator: UInt8(ascii: "\n")) {
      // A line that a kill cut off is no event.
      guard let event = try? JSONDecoder().decode(RunEvent.self, from: line) else { continue }
      switch event.kind {
      case .finished(let result):
        if let position = positions[result.name] {
          account.nodes[position] = result
        } else {
          positions[result.name] = account.nodes.count
          account.nodes.append(result)
        }
        if let last = account.steps.indices.last, account.steps[last].status == .cancelled {
          if stepNodes.insert(result.name).inserted { account.steps[last].nodes.append(result) }
        }
      case .step(.started(let name, let kind, _, _)):
        stepNodes = []
        // Cancelled until its end is told: after a kill it stays so.
        account.steps.append(StepResult(name: name, kind: kind, status: .cancelled, reason: "stopped"))
      case .step(.finished(let result)):
        if let last = account.steps.indices.last, account.steps[last].name == result.name {
          let nodes = result.nodes.isEmpty ? account.steps[last].nodes : result.nodes
          account.steps[last] = result
          account.steps[last].nodes = nodes
        } else {
          account.steps.append(result)
        }
      default: break
      }
    }
    return account
  }

  static func isHeld(_ path: FilePath) -> Bool {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) else { return false }
    defer { try? file.close() }
    return flock(file.rawValue, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
