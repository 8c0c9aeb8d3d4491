import Playbooks

/// A step with everything that it needs, made before anything is touched.
public struct PreparedStep: Sendable {
  public enum Work: Sendable {
    case job(any NodeJob)
    case upgrade(UpgradeWork, any Upgrading)
    case pause(PauseWork)
    /// What this machine does without a node.
    case local(any LocalWork)
  }

  public let step: Step
  /// In the inventory's order; none for what this machine does alone.
  public let nodes: [Node]
  public let work: Work
  /// Why the command line leaves it out; nil when it does not.
  public let leftOut: String?

  public init(step: Step, nodes: [Node], work: Work, leftOut: String? = nil) {
    self.step = step
    self.nodes = nodes
    self.work = work
    self.leftOut = leftOut
  }
}

/// A step that asks nothing of any node, such as filling a registry.
public protocol LocalWork: Sendable {
  /// Does it, or in a dry run says what it would do; ends soon when the surrounding task is cancelled.
  ///
  /// - Returns: how it ended, and what became of it in one line.
  func run(dryRun: Bool, attendant: any PlaybookAttendant) async -> (
    status: StepResult.Status, reason: String?
  )
}

/// Somebody, or something, that a playbook asks and tells.
public protocol PlaybookAttendant: Sendable {
  /// Tells a line.
  func tell(_ text: String)
  /// Asks, and waits for an answer; false for no, and when the surrounding task is cancelled.
  func confirm(_ question: String) async -> Bool
}

/// Where an earlier run of a playbook left off.
public struct PlaybookResumption: Sendable {
  /// The results of that run, by the steps' names.
  public let steps: [String: StepResult]
  /// The first step that is not done.
  public let step: String

  /// - Parameter names: of the playbook's steps, in order.
  /// - Returns: nil when every step is done.
  public init?(_ results: [StepResult], of names: [String]) {
    let steps = Dictionary(results.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    // A step that the earlier run never came to has no result at all.
    guard let open = names.first(where: { steps[$0]?.isDone != true }) else { return nil }
    step = open
    self.steps = steps
  }
}
