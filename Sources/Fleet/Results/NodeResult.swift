/// What became of one node: an element of `nodes` in the JSON contract.
public struct NodeResult: Sendable, Codable, Hashable {
  public var name: String
  public var address: String
  public var status: NodeStatus
  /// Where it ended; the last phase when all went well.
  public var phase: Phase
  public var error: Failure?
  public var seconds: Double
  /// Bytes of archive that the node took, over all attempts.
  public var bytesSent: Int64
  public var attempts: Int
  public var facts: NodeFacts?
  public var images: [ImageResult]?
  /// What `exec` brought back.
  public var command: CommandResult?
  /// Things worth a look that stop nothing, such as a stale name that was moved.
  public var notes: [String]?

  public init(
    name: String, address: String, status: NodeStatus, phase: Phase = .connect, error: Failure? = nil,
    seconds: Double = 0, bytesSent: Int64 = 0, attempts: Int = 0
  ) {
    self.name = name
    self.address = address
    self.status = status
    self.phase = phase
    self.error = error
    self.seconds = seconds
    self.bytesSent = bytesSent
    self.attempts = attempts
  }
}

/// The end of one command of `gantry exec`.
public struct CommandResult: Sendable, Codable, Hashable {
  public var status: Int32
  public var stdout: String
  public var stderr: String
  public var truncated: Bool

  public init(status: Int32, stdout: String, stderr: String, truncated: Bool) {
    self.status = status
    self.stdout = stdout
    self.stderr = stderr
    self.truncated = truncated
  }
}
