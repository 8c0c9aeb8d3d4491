import Dispatch

/// Threads for the few calls that may block: name lookups, the agent, files.
enum BlockingWork {
  private static let queue = DispatchQueue(label: "gantry.ssh.blocking", attributes: .concurrent)

  /// Runs `work` soon. A lookup without answer holds a thread for its resolver's time-out; Dispatch adds
  /// threads, up to its limit, so that others are not held up by it.
  static func start(_ work: @escaping @Sendable () -> Void) {
    queue.async(execute: work)
  }

  /// Runs `work` and waits for it, without holding a thread of the cooperative pool.
  static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in start { continuation.resume(returning: work()) } }
  }
}
