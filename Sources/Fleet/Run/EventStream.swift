import Synchronization

/// Hands every event of a run to its listeners, in one order, on one task.
public final class EventStream: EventSink {
  private let continuation: AsyncStream<RunEvent>.Continuation
  private let pump: Task<Void, Never>

  /// - Parameter listeners: called in turn for each event; they may write to disk or to the terminal.
  public init(listeners: [any RunListener]) {
    let (stream, continuation) = AsyncStream.makeStream(of: RunEvent.self, bufferingPolicy: .unbounded)
    self.continuation = continuation
    pump = Task.detached {
      for await event in stream {
        for listener in listeners { await listener.receive(event) }
      }
    }
  }

  public func emit(_ event: RunEvent) { continuation.yield(event) }

  /// Returns when every event emitted so far has reached every listener. Nothing may be emitted afterwards.
  public func finish() async {
    continuation.finish()
    await pump.value
  }
}

/// Somebody who follows a run.
public protocol RunListener: Sendable {
  func receive(_ event: RunEvent) async
}
