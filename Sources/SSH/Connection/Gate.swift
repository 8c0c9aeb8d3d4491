/// Gives out the numbers of a connection's lanes, in the order in which tasks come for them. State of an actor, which
/// does the locking.
struct Gate {
  /// How many commands a connection runs at the same time.
  static let width = 2

  private var free = Array(0..<width)
  private var queue: [(number: UInt64, continuation: UnsafeContinuation<Int?, Never>)] = []
  private var next: UInt64 = 0

  /// More than one lane is taken.
  var isShared: Bool { Self.width - free.count > 1 }

  /// Takes a lane when one is free.
  mutating func tryEnter() -> Int? { free.isEmpty ? nil : free.removeFirst() }

  /// Takes all lanes, when nobody has any of them.
  mutating func tryEnterAlone() -> Bool {
    guard free.count == Self.width else { return false }
    free = []
    return true
  }

  /// Gives all lanes back.
  mutating func leaveAlone() {
    for lane in 0..<Self.width { leave(lane) }
  }

  mutating func newNumber() -> UInt64 {
    next += 1
    return next
  }

  /// Queues a task, which is resumed with its lane, or with nil when it left the queue.
  mutating func wait(_ number: UInt64, _ continuation: UnsafeContinuation<Int?, Never>) {
    queue.append((number, continuation))
  }

  /// Takes a task out of the queue, when it is still there.
  mutating func giveUp(_ number: UInt64) {
    guard let index = queue.firstIndex(where: { $0.number == number }) else { return }
    queue.remove(at: index).continuation.resume(returning: nil)
  }

  /// Hands the lane to the next in the queue.
  mutating func leave(_ lane: Int) {
    if queue.isEmpty {
      free.append(lane)
    } else {
      queue.removeFirst().continuation.resume(returning: lane)
    }
  }
}
