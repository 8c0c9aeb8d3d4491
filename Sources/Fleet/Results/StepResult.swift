/// What became of one step of a playbook: an element of `steps` in the JSON contract.
public struct StepResult: Sendable, Codable {
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// Everything is as asked and nothing had to change.
    case ok
    case changed
    /// More nodes failed than may.
    case failed
    /// Nothing was asked: a condition did not hold, or the command line left it out.
    case skipped
    case cancelled
    /// The playbook stopped before it.
    case notBegun = "not-begun"
  }

  public var name: String
  /// The action's word: `check`, `load`, ….
  public var kind: String
  public var status: Status
  public var seconds: Double
  /// Why it is skipped, or did not begin.
  public var reason: String?
  /// One for each node of the step, those among them that did not begin.
  public var nodes: [NodeResult]
  /// Of an upgrade.
  public var upgrade: UpgradeResult?

  public init(
    name: String, kind: String, status: Status, seconds: Double = 0, reason: String? = nil,
    nodes: [NodeResult] = [], upgrade: UpgradeResult? = nil
  ) {
    self.name = name
    self.kind = kind
    self.status = status
    self.seconds = seconds
    self.reason = reason
    self.nodes = nodes
    self.upgrade = upgrade
  }

  /// Nodes that are done with the step: a rerun does not take them up again.
  public var doneNodes: Set<String> {
    Set(nodes.filter { $0.status.isFine && $0.error?.code != .notBegun }.map(\.name))
  }

  /// Everything it was to do is done.
  public var isDone: Bool {
    switch status {
    case .failed, .cancelled, .notBegun: false
    case .ok, .changed, .skipped: doneNodes.count == nodes.count
    }
  }

  /// One result for each node over all steps: the worst of its ends, and the sum of its work.
  ///
  /// A failure is worse than a step that did not begin, that worse than a change, that worse than nothing to do.
  public static func folded(_ steps: [StepResult]) -> [NodeResult] {
    var order: [String] = []
    var byName: [String: NodeResult] = [:]
    for node in steps.flatMap(\.nodes) {
      guard var whole = byName[node.name] else {
        order.append(node.name)
        byName[node.name] = node
        continue
      }
      let sums = (
        whole.seconds + node.seconds, whole.bytesSent + node.bytesSent, whole.attempts + node.attempts
      )
      let kept = (facts: node.facts ?? whole.facts, images: node.images ?? whole.images)
      let notes = (whole.notes ?? []) + (node.notes ?? [])
      if node.rank >= whole.rank { whole = node }
      whole.seconds = (sums.0 * 1000).rounded() / 1000
      (whole.bytesSent, whole.attempts) = (sums.1, sums.2)
      (whole.facts, whole.images) = kept
      whole.notes = notes.isEmpty ? nil : notes
      // What one command printed is the step's to tell.
      whole.command = nil
      byName[node.name] = whole
    }
    return order.compactMap { byName[$0] }
  }
}

extension NodeResult {
  /// How bad an end is.
  fileprivate var rank: Int {
    switch status {
    case .skipped: error?.code == .notBegun ? 3 : 0
    case .ok: 1
    case .changed: 2
    case .cancelled: 4
    case .unreachable, .failed: 5
    }
  }
}

extension FailureCode {
  /// The step stopped before this node's turn.
  public static let notBegun = FailureCode("not-begun")
}
