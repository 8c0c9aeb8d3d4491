/// Lets one task in at a time, in the order they came. State of an actor, which does the locking.
struct Gate {
  private var taken = false
  private var queue: [(number: UInt64, continuation: UnsafeContinuation<Bool, Never>)] = []
  private var next: UInt64 = 0

  /// Takes the gate when it is free.
  mutating func tryEnter() -> Bool {
    if taken { return false }
    taken = true
    return true
  }

  mutating func newNumber() -> UInt64 {
    next += 1
    return next
  }

  /// Queues a task, which is resumed with true once the gate is its own, or with false when it left the
  /// queue.
  mutating func wait(_ number: UInt64, _ continuation: UnsafeContinuation<Bool, Never>) {
    queue.append((number, continuation))
  }

  /// Takes a task out of the queue, when it is still there.
  mutating func giveUp(_ number: UInt64) {
    guard let index = queue.firstIndex(where: { $0.number == number }) else { return }
    queue.remove(at: index).continuation.resume(returning: false)
  }

  /// Hands the gate to the next in the queue.
  mutating func leave() {
    if queue.isEmpty {
      taken = false
    } else {
      queue.removeFirst().continuation.resume(returning: true)
    }
  }
}
