import Testing

@testable import Playbooks

/// Rolling batches and how many may fail.
@Suite struct BatchTests {
  static let batches: [([Amount], Int, [Int])] = [
    ([.count(1)], 3, [1, 1, 1]), ([.count(2)], 5, [2, 2, 1]), ([.count(10)], 3, [3]), ([.count(2)], 0, []),
    ([.percent(50)], 5, [2, 2, 1]), ([.percent(100)], 7, [7]),
    // A percentage of few nodes is never a batch of nobody.
    ([.percent(10)], 5, [1, 1, 1, 1, 1]), ([.percent(1)], 200, Array(repeating: 2, count: 100)),
    // The last size is repeated.
    ([.count(1), .percent(10), .percent(50)], 40, [1, 4, 20, 15]),
    ([.count(3), .count(1)], 6, [3, 1, 1, 1]),
  ]

  @Test(arguments: batches) func nodesGoInBatches(_ sizes: [Amount], _ count: Int, _ expected: [Int]) {
    let ranges = Serial(sizes).batches(of: count)
    #expect(ranges.map(\.count) == expected)
    // Every node once, in order.
    #expect(ranges.flatMap { Array($0) } == Array(0..<count))
  }

  static let limits: [(Amount, Int, Int, Bool)] = [
    (.count(0), 0, 10, false), (.count(0), 1, 10, true), (.count(2), 2, 10, false), (.count(2), 3, 10, true),
    (.percent(10), 1, 10, false), (.percent(10), 2, 10, true), (.percent(10), 1, 9, true),
    (.percent(100), 5, 5, false), (.percent(0), 1, 100, true),
  ]

  @Test(arguments: limits) func failuresAreCounted(
    _ amount: Amount, _ failures: Int, _ count: Int, _ exceeded: Bool
  ) {
    #expect(FailureLimit(amount: amount).isExceeded(by: failures, of: count) == exceeded)
  }

  static let times: [(String, Int?)] = [
    ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2h", 7200), ("1h1m1s", 3661), ("", nil), ("5", nil),
    ("m5", nil),
    ("5m1h", nil), ("1.5h", nil), ("s", nil),
  ]

  @Test(arguments: times) func timesAreRead(_ text: String, _ seconds: Int?) {
    #expect(Shape<Double>.parse(text) == seconds)
  }
}
