import Testing

@testable import SSH

@Suite struct TimerHeapTests {
  @Test func theEarliestComesFirst() {
    var heap = TimerHeap<Int>()
    let start = ContinuousClock.now
    var random = SystemRandomNumberGenerator()
    let delays = (0..<500).map { _ in Int.random(in: 0..<100, using: &random) }
    for delay in delays { _ = heap.add(start + .milliseconds(delay), delay) }
    #expect(heap.earliest() == start + .milliseconds(delays.min() ?? 0))
    var fired: [Int] = []
    while let (_, delay) = heap.popDue(start + .milliseconds(50)) { fired.append(delay) }
    #expect(fired == delays.filter { $0 <= 50 }.sorted())
    #expect(heap.count == delays.count - fired.count)
  }

  @Test func equalInstantsKeepTheirOrder() {
    var heap = TimerHeap<Int>()
    let instant = ContinuousClock.now
    for number in 0..<50 { _ = heap.add(instant, number) }
    var fired: [Int] = []
    while let (_, number) = heap.popDue(instant) { fired.append(number) }
    #expect(fired == Array(0..<50))
  }

  @Test func cancelledTimersDoNotFire() {
    var heap = TimerHeap<Int>()
    let start = ContinuousClock.now
    let timers = (0..<1000).map { heap.add(start + .milliseconds($0), $0) }
    for (index, timer) in timers.enumerated() where index % 3 != 0 { heap.cancel(timer) }
    #expect(heap.count == 334)
    var fired: [Int] = []
    while let (_, number) = heap.popDue(start + .seconds(2)) { fired.append(number) }
    #expect(fired == stride(from: 0, to: 1000, by: 3).map { $0 })
    #expect(heap.earliest() == nil)
    #expect(heap.count == 0)
  }
}
