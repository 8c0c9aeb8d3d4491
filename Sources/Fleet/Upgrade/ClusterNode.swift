import Foundation

/// A node as the cluster knows it (Kubernetes API reference, v1 Node), as far as it is read.
struct ClusterNode: Sendable, Equatable {
  let name: String
  let addresses: [String]
  let labels: [String: String]
  /// Pods may be put on it.
  let isSchedulable: Bool

  /// - Throws: `bad-answer`.
  static func list(_ bytes: [UInt8]) throws(Failure) -> [ClusterNode] {
    do {
      return try JSONDecoder().decode(NodeList.self, from: Data(bytes)).items.map { item in
        ClusterNode(
          name: item.metadata.name, addresses: (item.status?.addresses ?? []).map(\.address),
          labels: item.metadata.labels ?? [:], isSchedulable: item.spec?.unschedulable != true)
      }
    } catch {
      throw Failure(.badAnswer, "kubectl get nodes answered in a form that is not understood")
    }
  }

  private struct NodeList: Decodable {
    struct Item: Decodable {
      struct Metadata: Decodable {
        let name: String
        let labels: [String: String]?
      }
      struct Spec: Decodable { let unschedulable: Bool? }
      struct Address: Decodable { let address: String }
      struct Status: Decodable { let addresses: [Address]? }
      let metadata: Metadata
      let spec: Spec?
      let status: Status?
    }
    let items: [Item]
  }

  /// The hosts of the inventory that are schedulable nodes of the cluster, and the names of those nodes that no host is.
  static func match(_ cluster: [ClusterNode], _ hosts: [Node]) -> (nodes: [Node], missing: [String]) {
    var nodes: [Node] = []
    var missing: [String] = []
    for node in cluster where node.isSchedulable {
      let own = Set([node.name] + node.addresses)
      if let host = hosts.first(where: { own.contains($0.name) || own.contains($0.address) }) {
        if !nodes.contains(where: { $0.name == host.name }) { nodes.append(host) }
      } else {
        missing.append(PrintableText.line(node.name, limit: 253))
      }
    }
    return (nodes, missing)
  }
}
