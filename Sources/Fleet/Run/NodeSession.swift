import Foundation
import Synchronization

/// A job's view of its node: the open connection, and the place where it tells what it does.
public final class NodeSession: Sendable {
  public let node: Node
  private let remote: any Remote
  private let events: any EventSink
  /// In whose name the node is locked; nil for work without a run.
  let lockOwner: LockOwner?
  private let state: Mutex<State>

  private struct State {
    var phase = Phase.connect
    var bytesSent: Int64 = 0
    var facts: NodeFacts?
    var images: [ImageResult]?
    var command: CommandResult?
    var notes: [String] = []
    var changed = false
  }

  init(node: Node, remote: any Remote, events: any EventSink, lockOwner: LockOwner? = nil) {
    self.node = node
    self.lockOwner = lockOwner
    self.remote = remote
    self.events = events
    state = Mutex(State())
  }

  /// Enters the next phase.
  public func enter(_ phase: Phase) {
    state.withLock { $0.phase = phase }
    emit(.phase(phase))
  }

  /// Tells something that stops nothing.
  public func note(_ text: String) {
    state.withLock { $0.notes.append(text) }
    emit(.note(text))
  }

  /// Tells how something goes on, which is not worth keeping in the result.
  public func tell(_ text: String) { emit(.note(text)) }

  /// What the node has told about itself so far.
  var facts: NodeFacts? { state.withLock { $0.facts } }

  public func record(facts: NodeFacts) { state.withLock { $0.facts = facts } }
  public func record(images: [ImageResult]) { state.withLock { $0.images = images } }
  public func record(command: CommandResult) { state.withLock { $0.command = command } }

  func emit(_ kind: RunEvent.Kind) {
    events.emit(RunEvent(time: Date().timeIntervalSince1970, node: node.name, kind: kind))
  }

  /// Runs a command; what it prints goes to the node's log.
  public func run(
    _ command: RemoteCommand, input: (any ByteStream)? = nil, limits: CommandLimits, logsOutput: Bool = true
  ) async throws(Failure) -> CommandOutput {
    let output = try await remote.run(command, input: input, limits: limits)
    if logsOutput {
      for bytes in [output.standardOutput, output.standardError] where !bytes.isEmpty {
        emit(.output(PrintableText.lines(bytes)))
      }
    }
    return output
  }

  /// Talks to whatever listens at a socket of the node; see ``Remote/converse(with:at:limits:)``.
  func converse(with dialogue: any SocketDialogue, at path: String, limits: CommandLimits)
    async throws(Failure)
  {
    try await remote.converse(with: dialogue, at: path, limits: limits)
  }

  /// Something on the node is no longer as it was, even if this attempt fails.
  public func markChanged() { state.withLock { $0.changed = true } }

  var hasChanged: Bool { state.withLock { $0.changed } }
  /// A container runtime has answered on this connection.
  var hasRuntime: Bool { state.withLock { $0.facts?.runtime != nil } }

  /// Counts bytes of archive that went out, for the result and the progress.
  func sent(_ count: Int64) { state.withLock { $0.bytesSent += count } }

  func close() async { await remote.close() }

  /// Fills in what the job recorded.
  func complete(_ result: inout NodeResult) {
    state.withLock { state in
      result.phase = state.phase
      result.bytesSent += state.bytesSent
      result.facts = state.facts
      result.images = state.images
      result.command = state.command
      if !state.notes.isEmpty { result.notes = state.notes }
    }
  }
}
