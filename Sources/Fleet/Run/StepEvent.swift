/// Something that happened to a step of a playbook.
public enum StepEvent: Sendable, Codable {
  /// Where a step stands in its playbook.
  public struct Position: Sendable, Codable, Hashable {
    /// From 1.
    public let number: Int
    public let of: Int

    public init(number: Int, of: Int) {
      self.number = number
      self.of = of
    }
  }

  /// Events of nodes belong to this step until the next one.
  case started(name: String, kind: String, nodes: [String], Position)
  /// Without the nodes whose ends were events of their own since the step's start.
  case finished(StepResult)
}
