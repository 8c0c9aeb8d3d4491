import Foundation

/// What `kubectl get nodes -o json` prints: the part of `v1.NodeList` that is read (Kubernetes API reference, Node).
public struct NodeList: Sendable {
  public let nodes: [ClusterNode]

  /// - Parameter json: the whole output, from a cluster that is not trusted.
  /// - Throws: `inventory-cluster` when it is no list of nodes, or names what no cluster has.
  public init(json: [UInt8]) throws(InventoryError) {
    let list: Document
    do {
      list = try JSONDecoder().decode(Document.self, from: Data(json))
    } catch {
      throw InventoryError(
        .cluster, "what kubectl printed is no list of nodes",
        hint: "try `kubectl get nodes -o json` by hand, on the same machine and as the same user")
    }
    var nodes: [ClusterNode] = []
    var names: Set<String> = []
    for item in list.items {
      let node = try ClusterNode(
        name: item.metadata.name, address: item.address,
        isControlPlane: Self.controlPlaneLabels.contains { item.metadata.labels?[$0] != nil },
        runtimeVersion: item.status?.nodeInfo?.containerRuntimeVersion,
        knownAs: Set((item.status?.addresses ?? []).map(\.address)))
      guard names.insert(node.name).inserted else {
        throw InventoryError(.cluster, "the cluster names the node \(node.name) twice")
      }
      nodes.append(node)
    }
    self.nodes = nodes.sorted { $0.name.compare($1.name, options: .numeric) == .orderedAscending }
  }

  /// Both are in use: kubeadm set the second one before Kubernetes 1.24.
  private static let controlPlaneLabels = [
    "node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master",
  ]

  private struct Document: Decodable {
    struct Item: Decodable {
      struct Metadata: Decodable {
        let name: String
        let labels: [String: String]?
      }
      struct Status: Decodable {
        struct Address: Decodable {
          let type: String
          let address: String
        }
        struct Info: Decodable { let containerRuntimeVersion: String? }
        let addresses: [Address]?
        let nodeInfo: Info?
      }
      let metadata: Metadata
      let status: Status?

      var address: String? {
        let all = status?.addresses ?? []
        return (all.first { $0.type == "InternalIP" } ?? all.first { $0.type == "ExternalIP" })?.address
      }
    }
    let items: [Item]
  }
}
