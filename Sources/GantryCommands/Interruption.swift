import Dispatch
import Foundation
import Synchronization
import Terminal

/// Ctrl-C and its kin. Before the work begins a signal ends the process: nothing was touched. During the work the first
/// lets the nodes stop cleanly and the second ends the process at once. Afterwards the result is on its way out.
final class Interruption: Sendable {
  private struct State {
    /// When the first signal of the work came.
    var first: ContinuousClock.Instant?
    var cancel: (@Sendable () -> Void)?
    var isDone = false
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
    // Kept to the end of the process: signals have no other time to be handled in.
    _ = Unmanaged.passRetained(self)
  }

  /// Runs `work` as a task that the first signal cancels.
  func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
    let task = Task { await work() }
    state.withLock { state in
      state.cancel = { task.cancel() }
      state.isDone = false
    }
    let value = await task.value
    state.withLock { state in
      state.cancel = nil
      state.isDone = true
    }
    return value
  }

  private func receive(_ console: Console) {
    let now = ContinuousClock.now
    let (first, cancel, isDone) = state.withLock { state in
      defer { if state.cancel != nil { state.first = state.first ?? now } }
      return (state.first, state.cancel, state.isDone)
    }
    guard let cancel else {
      if isDone { return }
      _exit(130)
    }
    if let first {
      // A wrapper that passes on what the terminal already sent to the whole group is no second wish.
      if now - first < .milliseconds(500) { return }
      _exit(130)
    }
    console.message("gantry: stopping; once more to stop at once")
    cancel()
  }
}
