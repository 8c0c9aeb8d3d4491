import Fleet
import Foundation
import Synchronization

/// Counts what is sent for one image, and tells it at most ten times a second.
final class PushProgress: Sendable {
  private struct State {
    var sent: Int64 = 0
    var total: Int64 = 0
    var lastTold = ContinuousClock.now
  }

  private let name: String
  private let events: (any EventSink)?
  private let state = Mutex(State())

  init(name: String, events: (any EventSink)?) {
    self.name = name
    self.events = events
  }

  /// Bytes that were handed to connections, also those that had to be sent again.
  var bytesSent: Int64 { state.withLock { $0.sent } }

  /// A layer of that size turned out to be missing.
  func expect(_ bytes: Int64) { state.withLock { $0.total += bytes } }

  func sent(_ count: Int) {
    let told: (Int64, Int64)? = state.withLock { state in
      state.sent += Int64(count)
      guard ContinuousClock.now - state.lastTold > .milliseconds(100) else { return nil }
      state.lastTold = .now
      return (min(state.sent, state.total), state.total)
    }
    if let told { emit(.progress(sent: told.0, total: told.1)) }
  }

  func emit(_ kind: RunEvent.Kind) {
    events?.emit(RunEvent(time: Date().timeIntervalSince1970, node: name, kind: kind))
  }
}
