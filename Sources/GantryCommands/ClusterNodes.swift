import Fleet
import Foundation

/// What the Kubernetes cluster itself says about its nodes, to find those that an inventory forgot.
struct ClusterNodes {
  let fleet: PreparedFleet

  /// Names of cluster nodes of which the inventory has neither the name nor the address; nil when there is no control
  /// node, or it has no working kubectl.
  func missing() async -> [String]? {
    guard let control = fleet.control, let remote = try? await fleet.connector.connect(to: control) else {
      return nil
    }
    let command = RemoteCommand(
      ["kubectl", "get", "nodes", "--request-timeout=10s", "-o", "json"], asRoot: true, changes: false)
    let output = try? await remote.run(
      command, input: nil, limits: CommandLimits(deadline: .seconds(20), outputBytes: 64 << 20))
    await remote.close()
    guard let output, output.succeeded, !output.truncated,
      let list = try? JSONDecoder().decode(NodeList.self, from: Data(output.standardOutput))
    else { return nil }
    let names = Set(fleet.allHosts.flatMap { [$0.name, $0.address] })
    return list.items.filter { node in
      !names.contains(node.metadata.name)
        && !(node.status.addresses ?? []).contains { names.contains($0.address) }
    }.map { PrintableText.line($0.metadata.name) }
  }

  /// The part of `v1.NodeList` that is read (Kubernetes API reference, Node).
  private struct NodeList: Decodable {
    struct Item: Decodable {
      struct Metadata: Decodable { let name: String }
      struct Address: Decodable { let address: String }
      struct Status: Decodable { let addresses: [Address]? }
      let metadata: Metadata
      let status: Status
    }
    let items: [Item]
  }
}
