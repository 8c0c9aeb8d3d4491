/// A queue of instants, the earliest first; equal instants leave in the order they came.
struct TimerHeap<Action> {
  private struct Node {
    let instant: ContinuousClock.Instant
    let number: UInt64
    let action: Action

    func comesBefore(_ other: Node) -> Bool {
      instant == other.instant ? number < other.number : instant < other.instant
    }
  }

  private var nodes: [Node] = []
  /// Timers that were taken back but are still in the heap; they are dropped when they surface.
  private var cancelled: Set<UInt64> = []
  private var next: UInt64 = 0

  var count: Int { nodes.count - cancelled.count }

  /// Adds a timer; returns the number by which it can be taken back.
  mutating func add(_ instant: ContinuousClock.Instant, _ action: Action) -> UInt64 {
    next += 1
    nodes.append(Node(instant: instant, number: next, action: action))
    siftUp(nodes.count - 1)
    return next
  }

  /// Takes back a timer that has not fired. Only for numbers that are still in the heap.
  mutating func cancel(_ number: UInt64) {
    cancelled.insert(number)
    // Long deadlines of short commands would pile up: a heap that is mostly dead is rebuilt.
    if cancelled.count > 64, cancelled.count > nodes.count / 2 { compact() }
  }

  /// When the earliest timer is due; nil without timers.
  mutating func earliest() -> ContinuousClock.Instant? {
    dropCancelled()
    return nodes.first?.instant
  }

  /// Removes and returns the earliest timer that is due at `now`.
  mutating func popDue(_ now: ContinuousClock.Instant) -> (number: UInt64, action: Action)? {
    dropCancelled()
    guard let first = nodes.first, first.instant <= now else { return nil }
    removeFirst()
    return (first.number, first.action)
  }

  private mutating func dropCancelled() {
    while let first = nodes.first, cancelled.remove(first.number) != nil { removeFirst() }
  }

  private mutating func compact() {
    let live = nodes.filter { !cancelled.contains($0.number) }
    cancelled.removeAll(keepingCapacity: true)
    // A sorted array is a heap.
    nodes = live.sorted { $0.comesBefore($1) }
  }

  private mutating func removeFirst() {
    nodes.swapAt(0, nodes.count - 1)
    nodes.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < nodes.count {
        if nodes[child].comesBefore(nodes[least]) { least = child }
      }
      if least == parent { return }
      nodes.swapAt(parent, least)
      parent = least
    }
  }

  private mutating func siftUp(_ index: Int) {
    var child = index
    while child > 0 {
      let parent = (child - 1) / 2
      guard nodes[child].comesBefore(nodes[parent]) else { return }
      nodes.swapAt(child, parent)
      child = parent
    }
  }
}
