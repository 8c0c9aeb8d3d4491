import Helm

/// A `when`: a small expression that always has an answer.
///
/// ```
/// or      := and ("or" and)*
/// and     := not ("and" not)*
/// not     := "not" not | compare
/// compare := operand (("==" | "!=" | "<" | "<=" | ">" | ">=") operand | "is" "not"? "defined")?
/// operand := "(" or ")" | "true" | "false" | number | version | 'text' | "text" | name ("." name)*
/// ```
/// Names are the playbook's variables; `NAME.version` and `NAME.module` of a variable that is a bundle;
/// `steps.NAME.status` and `steps.NAME.changed` of a step above; and `node.name`, `node.runtime`,
/// `node.runtime_version`, `node.arch` and `node.os` of the node in question, as far as a step above has asked it.
public indirect enum Condition: Sendable, Equatable {
  public enum Comparison: String, Sendable, CaseIterable {
    case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
  }

  case literal(Fact)
  /// The parts of a name between dots.
  case name([String])
  case compare(Condition, Comparison, Condition)
  case isDefined(Condition)
  case not(Condition)
  case and(Condition, Condition)
  case or(Condition, Condition)

  /// Whether the answer can differ from node to node.
  public var dependsOnNode: Bool { names.contains { $0.first == "node" } }

  /// Every name in it.
  public var names: [[String]] {
    switch self {
    case .literal: []
    case .name(let name): [name]
    case .compare(let left, _, let right), .and(let left, let right), .or(let left, let right):
      left.names + right.names
    case .isDefined(let part), .not(let part): part.names
    }
  }

  /// Whether it holds.
  ///
  /// A name that nothing is known of is not defined. It does not hold by itself, and no comparison with it holds,
  /// `!=` included; `not` turns that around like any other answer.
  public func holds(_ facts: Facts) -> Bool { value(facts)?.isTrue ?? false }

  /// The answer, when it depends on nothing but the values of variables; nil when it does not.
  public func isSettled(by values: VariableValues) -> Bool? {
    guard names.allSatisfy({ $0.count == 1 }) else { return nil }
    return holds(values.facts)
  }

  private func value(_ facts: Facts) -> Fact? {
    switch self {
    case .literal(let fact): return fact
    case .name(let name): return facts[name]
    case .isDefined(let part): return .flag(part.value(facts) != nil)
    case .not(let part): return .flag(!part.holds(facts))
    case .and(let left, let right): return .flag(left.holds(facts) && right.holds(facts))
    case .or(let left, let right): return .flag(left.holds(facts) || right.holds(facts))
    case .compare(let left, let comparison, let right):
      guard let left = left.value(facts), let right = right.value(facts) else { return .flag(false) }
      return .flag(Self.compare(left, comparison, right))
    }
  }

  private static func compare(_ left: Fact, _ comparison: Comparison, _ right: Fact) -> Bool {
    let order = left.order(to: right)
    switch comparison {
    case .equal: return order.map { $0 == 0 } ?? (left == right)
    case .notEqual: return order.map { $0 != 0 } ?? (left != right)
    case .less: return order.map { $0 < 0 } ?? false
    case .lessOrEqual: return order.map { $0 <= 0 } ?? false
    case .greater: return order.map { $0 > 0 } ?? false
    case .greaterOrEqual: return order.map { $0 >= 0 } ?? false
    }
  }
}

/// A value in a condition.
public enum Fact: Sendable, Equatable {
  case text(String)
  case number(Int)
  case flag(Bool)
  case list([String])

  /// Text and lists that are not empty, numbers other than 0, and `true`.
  var isTrue: Bool {
    switch self {
    case .text(let text): !text.isEmpty
    case .number(let number): number != 0
    case .flag(let flag): flag
    case .list(let items): !items.isEmpty
    }
  }

  /// Below, at or above 0; nil for what has no order. Two texts that are versions are compared as such.
  func order(to other: Fact) -> Int? {
    switch (self, other) {
    case (.number(let left), .number(let right)):
      return left < right ? -1 : left > right ? 1 : 0
    default:
      guard let left = version, let right = other.version else { return nil }
      return left < right ? -1 : right < left ? 1 : 0
    }
  }

  private var version: ChartVersion? {
    if case .text(let text) = self { ChartVersion(lenient: text) } else { nil }
  }
}

/// What is known when a condition is asked.
public struct Facts: Sendable, Equatable {
  private var values: [[String]: Fact] = [:]

  public init() {}

  public subscript(_ name: [String]) -> Fact? {
    get { values[name] }
    set { values[name] = newValue }
  }

  public subscript(_ name: String...) -> Fact? {
    get { values[name] }
    set { values[name] = newValue }
  }
}
