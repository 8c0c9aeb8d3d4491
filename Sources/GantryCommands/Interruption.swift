import Dispatch
import Foundation
import Synchronization
import Terminal

/// Ctrl-C and its kin: the first lets the nodes stop cleanly, the second ends the process at once.
final class Interruption: Sendable {
  private struct State {
    var count = 0
    var cancel: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let sources: [any DispatchSourceSignal & Sendable]

  init(console: Console) {
    var sources: [any DispatchSourceSignal & Sendable] = []
    let queue = DispatchQueue(label: "signals")
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      sources.append(source)
    }
    self.sources = sources
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
      return state.count > 0
    }
    if already { task.cancel() }
    let value = await task.value
    state.withLock { $0.cancel = nil }
    return value
  }

  private func receive(_ console: Console) {
    let (count, cancel) = state.withLock { state in
      state.count += 1
      return (state.count, state.cancel)
    }
    if count > 1 { _exit(130) }
    console.message("gantry: stopping; once more to stop at once")
    cancel?()
  }
}
