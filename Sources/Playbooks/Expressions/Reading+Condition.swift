import Documents

extension Reading {
  /// Reads a `when` and sees that every name in it is known; nil after a problem.
  mutating func condition(_ text: String, line: Int) -> Condition? {
    let condition: Condition
    do throws(ConditionParser.Mistake) { condition = try ConditionParser.parse(text) } catch {
      problem(.condition, error.message, line: line, hint: error.hint)
      return nil
    }
    for name in condition.names { check(name, line: line) }
    return condition
  }

  static let nodeFacts = ["name", "runtime", "runtime_version", "arch", "os"]
  static let stepFacts = ["status", "changed"]
  static let bundleFacts = ["version", "module"]

  private mutating func check(_ name: [String], line: Int) {
    let whole = name.joined(separator: ".")
    func unknown(_ what: String, _ word: String, _ choices: [String]) {
      problem(
        .undefined, "\(what) '\(word)'", line: line,
        hint: NearestName.hint(word, in: choices)
          ?? (choices.isEmpty ? nil : "there are \(choices.joined(separator: ", "))"))
    }
    switch name[0] {
    case "node":
      guard name.count == 2 else {
        return unknown("a node has no", whole, Self.nodeFacts.map { "node." + $0 })
      }
      if !Self.nodeFacts.contains(name[1]) { unknown("a node has no", name[1], Self.nodeFacts) }
    case "steps":
      guard name.count == 3 else {
        return unknown("a step is asked as steps.NAME.status, not", whole, [])
      }
      if !earlierSteps.contains(name[1]) { unknown("no step above is called", name[1], earlierSteps) }
      if !Self.stepFacts.contains(name[2]) { unknown("a step has no", name[2], Self.stepFacts) }
    default:
      guard let variable = variables[name[0]] else {
        return unknown("there is no variable", name[0], variables.keys.sorted() + ["steps", "node"])
      }
      if variable.isSecret {
        problem(.secret, "a condition cannot ask for the secret '\(name[0])'", line: line)
      }
      guard name.count > 1 else { return }
      guard variable.kind == .bundle, name.count == 2, Self.bundleFacts.contains(name[1]) else {
        let choices = variable.kind == .bundle ? Self.bundleFacts : []
        return unknown(
          "'\(name[0])' is \(variable.kind.words) and has no", name.dropFirst().joined(separator: "."),
          choices)
      }
    }
  }
}
