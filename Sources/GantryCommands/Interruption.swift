import Dispatch
import Foundation
import Synchronization
import Terminal

/// Ctrl-C and its kin: the first lets the nodes stop cleanly, the second ends the process at once.
final class Interruption: Sendable {
  private struct State {
    /// When the first signal came.
    var first: ContinuousClock.Instant?
    var cancel: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  // Made once and only kept alive; Dispatch itself is safe from any thread.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  init(console: Console) {
    let queue = DispatchQueue(label: "signals")
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: queue)
    }
    for source in sources {
      source.setEventHandler { [weak self] in self?.receive(console) }
      source.activate()
    }
  }

  /// Runs `work` as a task that the first signal cancels.
  func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
    let task = Task { await work() }
    let already = state.withLock { state in
      state.cancel = { task.cancel() }
      return state.first != nil
    }
    if already { task.cancel() }
    let value = await task.value
    state.withLock { $0.cancel = nil }
    return value
  }

  private func receive(_ console: Console) {
    let now = ContinuousClock.now
    let (first, cancel) = state.withLock { state in
      defer { state.first = state.first ?? now }
      return (state.first, state.cancel)
    }
    if let first {
      // A wrapper that passes on what the terminal already sent to the whole group is no second wish.
      if now - first < .milliseconds(500) { return }
      _exit(130)
    }
    console.message("gantry: stopping; once more to stop at once")
    cancel?()
  }
}
