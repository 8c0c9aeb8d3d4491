/// What a run was asked to do: enough to do it again. Never holds a secret.
public struct RunInputs: Sendable, Codable, Equatable {
  public var run: String
  /// `load`, `check`, `verify`, `exec`.
  public var command: String
  /// ISO 8601, UTC.
  public var started: String
  public var gantryVersion: String
  /// The folder that relative paths are relative to.
  public var workingDirectory: String
  /// The run that this one takes up again.
  public var rerunOf: String?
  /// The nodes' names in inventory order.
  public var nodes: [String]
  /// The command's options as JSON text, decoded by the command that wrote it.
  public var invocation: String

  public init(
    run: String, command: String, started: String, gantryVersion: String, workingDirectory: String,
    rerunOf: String? = nil, nodes: [String], invocation: String
  ) {
    self.run = run
    self.command = command
    self.started = started
    self.gantryVersion = gantryVersion
    self.workingDirectory = workingDirectory
    self.rerunOf = rerunOf
    self.nodes = nodes
    self.invocation = invocation
  }
}
