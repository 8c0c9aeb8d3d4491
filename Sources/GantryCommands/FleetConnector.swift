import Fleet
import Inventory
import SSH

/// Reaches a node as its settings say: over SSH, or on this machine itself.
struct FleetConnector: Connector {
  let client: SSHClient
  /// By the nodes' names; none for a node that is this machine.
  let targets: [String: ResolvedTarget]

  private let resolver: TargetResolver
  private let secrets: FleetSecrets

  /// - Parameters:
  ///   - resolver: for nodes that turn out to be needed although nobody selected them.
  ///   - targets: of the nodes that the run is about.
  init(
    _ settings: FleetSettings, _ resolver: TargetResolver, _ targets: [String: ResolvedTarget],
    _ secrets: FleetSecrets
  ) {
    self.secrets = secrets
    self.resolver = resolver
    self.targets = targets
    let timeout: Duration = .seconds(settings.timeout ?? 10)
    // Every target has its own files and policy.
    client = SSHClient(
      loops: EventLoopGroup(),
      options: SSHOptions(
        knownHostsFiles: [], connectTimeout: timeout, loginTimeout: timeout, prompter: secrets.prompter))
  }

  func connect(to node: Node) async throws(Failure) -> any Remote {
    guard node.settings.connection != .local else {
      return LocalRemote(privilege: secrets.privilege(of: node.settings))
    }
    return try await client.connect(to: try await target(of: node))
  }

  /// Says goodbye to the hosts on the way.
  func close() async { await client.close() }

  private func target(of node: Node) async throws(Failure) -> SSHTarget {
    if let resolved = targets[node.name] { return resolved.target }
    do {
      var resolver = resolver
      return try await resolver.resolve(node).target
    } catch let error as any ReportableError {
      throw Failure(FailureCode(error.reportCode), error.reportMessage, hint: error.reportHint)
    } catch {
      throw Failure(.connectFailed, "work out how to reach this node: \(error)")
    }
  }
}
