import Foundation
import Synchronization
import Testing

@testable import Fleet
@testable import Inventory

/// A node that answers as a test says, and on which a command nobody expected fails the test.
final class ScriptedRemote: Remote {
  /// Answers the commands that it matches.
  struct Reply: Sendable {
    let matches: @Sendable (RemoteCommand) -> Bool
    let answer: @Sendable (RemoteCommand, [UInt8]) async throws(Failure) -> CommandOutput
  }

  private let replies: [Reply]
  private let seen = Mutex<[RemoteCommand]>([])

  init(_ replies: [Reply]) { self.replies = replies }

  /// The commands that came, in order.
  var commands: [RemoteCommand] { seen.withLock { $0 } }

  func run(
    _ command: RemoteCommand, input: (any ByteStream)?, limits: CommandLimits
  ) async throws(Failure) -> CommandOutput {
    seen.withLock { $0.append(command) }
    var bytes: [UInt8] = []
    if let input {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
      defer { buffer.deallocate() }
      while true {
        let count = try input.read(into: buffer)
        guard count > 0 else { break }
        bytes += buffer[..<count]
      }
    }
    guard let reply = replies.first(where: { $0.matches(command) }) else {
      Issue.record("unexpected command: \(command.words)")
      throw Failure(.badAnswer, "unexpected command")
    }
    return try await reply.answer(command, bytes)
  }

  func close() async {}
}

/// Connects to scripted remotes by node name, and counts who was in flight.
final class ScriptedConnector: Connector {
  private let open: @Sendable (Node) async throws(Failure) -> any Remote
  private let connects = Mutex<[String]>([])

  init(_ open: @escaping @Sendable (Node) async throws(Failure) -> any Remote) { self.open = open }

  var connected: [String] { connects.withLock { $0 } }

  func connect(to node: Node) async throws(Failure) -> any Remote {
    connects.withLock { $0.append(node.name) }
    return try await open(node)
  }
}

/// Keeps every event.
final class EventLog: EventSink {
  private let log = Mutex<[RunEvent]>([])
  var events: [RunEvent] { log.withLock { $0 } }
  func emit(_ event: RunEvent) { log.withLock { $0.append(event) } }
}
