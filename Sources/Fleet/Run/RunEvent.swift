/// Something that happened in a run. The terminal, the journal and the node logs only listen to these.
public struct RunEvent: Sendable, Codable {
  public enum Kind: Sendable, Codable {
    /// Work on the node begins; attempts count from 1.
    case started(attempt: Int)
    case phase(Phase)
    /// Bytes of archive that went out and how many there are to send, over all imports of this attempt.
    case progress(sent: Int64, total: Int64)
    /// What a remote command printed, as text fit for a terminal.
    case output(String)
    /// Something to tell while the work goes on.
    case note(String)
    /// This attempt failed; another begins after the pause, in seconds.
    case retrying(Failure, pause: Double)
    case finished(NodeResult)
    /// Of the whole playbook, not of a node: ``RunEvent/node`` is empty.
    case step(StepEvent)
  }

  /// Seconds since 1970-01-01 UTC.
  public var time: Double
  /// The node's name in the inventory.
  public var node: String
  public var kind: Kind

  public init(time: Double, node: String, kind: Kind) {
    self.time = time
    self.node = node
    self.kind = kind
  }
}

/// Takes events from any thread, at once and without blocking.
public protocol EventSink: Sendable {
  func emit(_ event: RunEvent)
}
