import Images
import Inventory

/// Which runtime images go to, as the command line and the inventory say.
public struct RuntimeOptions: Sendable {
  private let runtime: Runtime.Kind?
  private let namespace: String?

  /// - Parameters: what the command line says; it wins over a node's own variables.
  public init(runtime: Runtime.Kind?, namespace: String?) {
    self.runtime = runtime
    self.namespace = namespace
  }

  func request(for node: Node, scope: ProbeRequest.Scope, load: LoadTarget?) -> ProbeRequest {
    var request = ProbeRequest(
      scope: scope,
      runtime: runtime ?? node.settings.runtime.flatMap { Runtime.Kind(rawValue: $0.rawValue) },
      namespace: namespace ?? node.settings.namespace ?? "k8s.io",
      socket: node.settings.socket)
    if let load, scope != .facts { load.ask(in: &request) }
    return request
  }
}
