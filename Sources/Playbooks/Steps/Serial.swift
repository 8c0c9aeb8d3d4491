import Documents

/// The sizes of rolling batches: a number of nodes, a percentage of them, or a list of these, of which the last is
/// repeated. `[1, 10%, 50%]` tries one node first.
public struct Serial: Sendable, Equatable {
  let sizes: [Amount]

  init(_ sizes: [Amount]) { self.sizes = sizes }

  /// Ranges of positions among `count` nodes, in order.
  public func batches(of count: Int) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var start = 0
    while start < count {
      guard let size = batches.count < sizes.count ? sizes[batches.count] : sizes.last else {
        return [0..<count]
      }
      // A batch of nobody would never end.
      let end = min(count, start + max(1, size.of(count)))
      batches.append(start..<end)
      start = end
    }
    return batches
  }

  static var shape: Shape<Serial> {
    Shape<[Amount]>.list(of: Amount.shape(atLeast: 1), single: true, atLeast: 1).map(Serial.init)
  }
}

/// A number of nodes, or a percentage of them.
public enum Amount: Sendable, Equatable, CustomStringConvertible {
  case count(Int)
  /// 0 to 100.
  case percent(Int)

  /// How many of `total`; a percentage is rounded down.
  public func of(_ total: Int) -> Int {
    switch self {
    case .count(let count): count
    case .percent(let percent): total * percent / 100
    }
  }

  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .percent(let percent): "\(percent)%"
    }
  }

  static func shape(atLeast least: Int) -> Shape<Amount> {
    Shape.scalar(
      .anyOf([
        Schema.type("integer").with("minimum", .int(least)),
        Schema.type("string").with(
          "pattern", .string(least > 0 ? "^([1-9][0-9]?|100)%$" : "^([0-9][0-9]?|100)%$")),
        .reference(Schema.templateName),
      ]), "a number or a percentage such as 10%", kinds: [.number, .text], placeholder: .count(least)
    ) { value, line, reading in
      switch value {
      case .int(let count) where count >= least: return .count(count)
      case .string(let text):
        if let match = text.wholeMatch(of: /(\d{1,3})%/), let percent = Int(match.1),
          (least...100).contains(percent)
        {
          return .percent(percent)
        }
        fallthrough
      case .int:
        reading.problem(
          .badValue, "this is no number from \(least) and no percentage up to 100%", line: line,
          hint: "write 2 or 25%")
        return .count(least)
      default: return nil
      }
    }
  }
}

/// How many nodes of a step may fail before it stops: more than that stop the step and the playbook.
public struct FailureLimit: Sendable, Equatable {
  public let amount: Amount

  /// None may fail.
  public static let zero = FailureLimit(amount: .count(0))

  /// Whether `failures` among a step's `count` nodes are too many.
  public func isExceeded(by failures: Int, of count: Int) -> Bool { failures > amount.of(count) }

  static var shape: Shape<FailureLimit> { Amount.shape(atLeast: 0).map(FailureLimit.init) }
}
