import Fleet
import Inventory

/// What the Kubernetes cluster itself says about its nodes.
enum ClusterNodes {
  /// Asks kubectl on `remote`; changes nothing.
  ///
  /// - Parameters:
  ///   - kubeconfig: a file on that machine; nil for kubectl's own choice, or the one that kubeadm, RKE2 and K3s leave
  ///     for root where kubectl has none.
  ///   - context: a context of the kubeconfig; nil for the current one.
  /// - Throws: a ``Failure`` when kubectl cannot be run or fails; ``InventoryError`` for what it says.
  static func read(
    on remote: any Remote, asRoot: Bool, kubeconfig: String? = nil, context: String? = nil
  ) async throws -> [ClusterNode] {
    let command = RemoteCommand.script(
      script, [kubeconfig ?? "", context ?? ""], asRoot: asRoot, changes: false)
    let output = try await remote.run(
      command, input: nil, limits: CommandLimits(deadline: .seconds(30), outputBytes: 64 << 20))
    guard output.succeeded else {
      // kubectl tells every attempt and sums up in the last line.
      let said = output.standardError.split(separator: UInt8(ascii: "\n")).last ?? []
      throw Failure(
        .remoteExit, "kubectl get nodes: exit \(output.status): \(PrintableText.line(said))",
        hint: output.status == 127
          ? "kubectl is not on the search path there; name another host with --control"
          : "name the cluster's kubeconfig with --kubeconfig, or another host with --control")
    }
    guard !output.truncated else {
      throw Failure(.badAnswer, "kubectl get nodes: more than 64 MiB of nodes")
    }
    return try NodeList(json: output.standardOutput).nodes
  }

  /// Names of cluster nodes of which the inventory has neither the name nor the address; nil when there is no control
  /// node, or it has no working kubectl.
  static func missing(from fleet: PreparedFleet) async -> [String]? {
    guard let control = fleet.control, let remote = try? await fleet.connector.connect(to: control) else {
      return nil
    }
    let nodes = try? await read(on: remote, asRoot: true)
    await remote.close()
    guard let nodes else { return nil }
    let known = Set(fleet.allHosts.flatMap { [$0.name, $0.address] })
    return nodes.filter { node in
      !known.contains(node.name) && known.isDisjoint(with: node.knownAs)
    }.map(\.name)
  }

  /// `$1` the kubeconfig, `$2` the context; empty for kubectl's choice.
  private static let script: StaticString =
    "if [ -n \"$1\" ]; then export KUBECONFIG=\"$1\"; elif [ -z \"$KUBECONFIG\" ] && [ ! -e \"$HOME/.kube/config\" ]; then for f in /etc/kubernetes/admin.conf /etc/rancher/rke2/rke2.yaml /etc/rancher/k3s/k3s.yaml; do if [ -r \"$f\" ]; then export KUBECONFIG=\"$f\"; break; fi; done; fi; if [ -n \"$2\" ]; then exec kubectl get nodes --request-timeout=10s -o json --context \"$2\"; fi; exec kubectl get nodes --request-timeout=10s -o json"
}
