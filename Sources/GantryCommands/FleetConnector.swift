import Fleet
import Inventory
import SSH

/// Reaches a node as its settings say: over SSH, or on this machine itself.
struct FleetConnector: Connector {
  let client: SSHClient
  /// By the nodes' names; none for a node that is this machine.
  let targets: [String: ResolvedTarget]

  init(_ settings: FleetSettings, _ targets: [String: ResolvedTarget], prompter: (any LoginPrompter)? = nil) {
    self.targets = targets
    let timeout: Duration = .seconds(settings.timeout ?? 10)
    // Every target has its own files and policy.
    client = SSHClient(
      loops: EventLoopGroup(),
      options: SSHOptions(
        knownHostsFiles: [], connectTimeout: timeout, loginTimeout: timeout, prompter: prompter))
  }

  func connect(to node: Node) async throws(Failure) -> any Remote {
    guard node.settings.connection != .local else {
      return LocalRemote(privilege: TargetBuilder.privilege(of: node.settings))
    }
    guard let resolved = targets[node.name] else {
      throw Failure(.connectFailed, "nobody worked out how to reach this node")
    }
    return try await client.connect(to: resolved.target)
  }
}
