/// The whole run: the JSON document on standard output.
public struct RunResult: Sendable, Codable {
  public struct Summary: Sendable, Codable, Hashable {
    /// Nodes that are as asked, changed or not.
    public var ok = 0
    /// Those of them on which something changed.
    public var changed = 0
    public var failed = 0
    public var unreachable = 0
    public var skipped = 0
    public var cancelled = 0
    public var bytesSent: Int64 = 0

    public init(_ nodes: [NodeResult]) {
      for node in nodes {
        bytesSent += node.bytesSent
        switch node.status {
        case .ok: ok += 1
        case .changed:
          ok += 1
          changed += 1
        case .failed: failed += 1
        case .unreachable: unreachable += 1
        case .skipped: skipped += 1
        case .cancelled: cancelled += 1
        }
      }
    }
  }

  public var run: String
  public var command: String
  /// ISO 8601, UTC.
  public var started: String
  public var seconds: Double
  public var dryRun: Bool?
  public var summary: Summary
  public var nodes: [NodeResult]
  /// Of a playbook; ``nodes`` is then the worst of each node's ends.
  public var steps: [StepResult]?
  /// Nodes of the Kubernetes cluster that the inventory lacks; nil when nobody could be asked.
  public var notInInventory: [String]?
  /// The release, when it is one that was upgraded.
  public var upgrade: UpgradeResult?

  public init(
    run: String, command: String, started: String, seconds: Double, dryRun: Bool?, nodes: [NodeResult]
  ) {
    self.run = run
    self.command = command
    self.started = started
    self.seconds = seconds
    self.dryRun = dryRun
    self.nodes = nodes
    summary = Summary(nodes)
  }

  /// 0 every node is fine, 1 some node is not, 130 interrupted.
  public var exitCode: Int32 {
    let steps = steps ?? []
    if summary.cancelled > 0 || steps.contains(where: { $0.status == .cancelled }) { return 130 }
    return summary.failed + summary.unreachable > 0 || steps.contains { !$0.isDone } ? 1 : 0
  }
}
