import Playbooks

/// What a playbook knows between two steps.
struct PlaybookState {
  private(set) var results: [StepResult] = []
  /// A dry run has a load behind it that loaded nothing.
  var leftUnloaded = false
  private var facts: Facts
  private var nodeFacts: [String: NodeFacts] = [:]
  /// Nodes that failed: they take no part in what follows.
  private var out: Set<String> = []
  /// Why nothing more begins.
  private var stopped: String?
  private let resumption: PlaybookResumption?
  /// The first open step of the earlier run has been reached.
  private var hasResumed: Bool

  init(facts: Facts, resumption: PlaybookResumption?) {
    self.facts = facts
    self.resumption = resumption
    hasResumed = resumption == nil
  }

  /// The result of a step that needs no work; nil when it does.
  mutating func answerWithoutWork(
    _ prepared: PreparedStep, dryRun: Bool, agrees: (@Sendable () async -> Bool)?
  ) async -> StepResult? {
    let step = prepared.step
    func answer(_ status: StepResult.Status, _ reason: String) -> StepResult {
      StepResult(name: step.name, kind: step.action.kind, status: status, reason: reason)
    }
    if let stopped { return answer(.notBegun, stopped) }
    if let leftOut = prepared.leftOut { return answer(.skipped, leftOut) }
    if !hasResumed, let resumption, step.name != resumption.step {
      guard var earlier = resumption.steps[step.name], earlier.isDone else {
        return answer(.skipped, "it stands before the step that is taken up again")
      }
      earlier.reason = "done in the run before"
      return earlier
    }
    if Task.isCancelled { return answer(.notBegun, "interrupted") }
    if let condition = step.condition, !condition.dependsOnNode, !condition.holds(facts) {
      return answer(.skipped, "the condition does not hold: \(step.conditionText ?? "")")
    }
    if case .verify = step.action, dryRun, leftUnloaded {
      return answer(.skipped, "the dry run has loaded nothing that could be verified")
    }
    if !prepared.nodes.isEmpty, prepared.nodes.allSatisfy({ out.contains($0.name) }) {
      stopped = "every node of '\(step.name)' has failed before"
      return answer(.notBegun, "every node of it has failed before")
    }
    if let agrees, await !agrees() {
      if Task.isCancelled { return answer(.cancelled, "interrupted") }
      return answer(.skipped, "nobody wanted it")
    }
    return nil
  }

  /// The nodes that have to work, and the results of those that need not.
  mutating func split(_ prepared: PreparedStep) -> (nodes: [Node], known: [NodeResult]) {
    var done: [String: NodeResult] = [:]
    if !hasResumed, let earlier = resumption?.steps[prepared.step.name] {
      let names = earlier.doneNodes
      for node in earlier.nodes where names.contains(node.name) { done[node.name] = node }
    }
    hasResumed = true
    var nodes: [Node] = []
    var known: [NodeResult] = []
    for node in prepared.nodes where !out.contains(node.name) {
      if let result = done[node.name] {
        known.append(result)
      } else if let condition = prepared.step.condition, condition.dependsOnNode,
        !condition.holds(facts(of: node))
      {
        var result = NodeResult(name: node.name, address: node.address, status: .skipped)
        result.notes = ["the condition does not hold: \(prepared.step.conditionText ?? "")"]
        known.append(result)
      } else {
        nodes.append(node)
      }
    }
    return (nodes, known)
  }

  /// Goes on to the next step.
  mutating func take(_ result: StepResult) {
    results.append(result)
    facts["steps", result.name, "status"] = .text(result.status.rawValue)
    facts["steps", result.name, "changed"] = .flag(result.status == .changed)
    for node in result.nodes {
      if let facts = node.facts { nodeFacts[node.name] = facts }
      if !node.status.isFine { out.insert(node.name) }
    }
    switch result.status {
    case .failed: stopped = stopped ?? "'\(result.name)' failed"
    case .cancelled: stopped = stopped ?? "'\(result.name)' was interrupted"
    default: break
    }
  }

  private func facts(of node: Node) -> Facts {
    var facts = facts
    facts["node", "name"] = .text(node.name)
    let known = nodeFacts[node.name]
    facts["node", "runtime"] = known?.runtime.map(Fact.text)
    facts["node", "runtime_version"] = known?.version.map(Fact.text)
    facts["node", "arch"] = known?.arch.map(Fact.text)
    facts["node", "os"] = known?.os.map(Fact.text)
    return facts
  }
}
