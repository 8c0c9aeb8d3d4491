/// An Ansible inventory of a cluster's nodes, as text that a person goes on with.
public struct ClusterInventory: Sendable {
  private let nodes: [ClusterNode]
  /// The host of the group `control`, where helm and kubectl run; nil when no node is known to be one.
  public let control: String?

  /// - Parameter reached: name or address of the host on which kubectl ran, when that was not this machine.
  public init(_ nodes: [ClusterNode], reached: Set<String> = []) {
    self.nodes = nodes
    control =
      nodes.first { node in
        reached.contains(node.name) || node.address.map(reached.contains) == true
      }?.name
      ?? nodes.first(where: \.isControlPlane)?.name
  }

  /// YAML in the form of Ansible's `yaml` inventory plug-in: groups `control_plane`, `workers` and `control`.
  public var yaml: String {
    var lines = [
      "# Written by `gantry inventory from-cluster`. What the cluster does not know is yours to add: the user to log in",
      "# as, keys, a bastion. They go under `vars`, for all hosts or for a group:",
      "#   vars: {ansible_user: root}",
      "all:",
      "  children:",
    ]
    for (group, isControlPlane) in [("control_plane", true), ("workers", false)] {
      let members = nodes.filter { $0.isControlPlane == isControlPlane }
      guard !members.isEmpty else { continue }
      lines += ["    \(group):", "      hosts:"]
      for node in members {
        lines.append("        \(Self.quoted(node.name)):")
        if let address = node.address { lines.append("          ansible_host: \(Self.quoted(address))") }
        if let runtime = node.runtime { lines.append("          gantry_runtime: \(runtime)") }
      }
    }
    if let control {
      lines += [
        "    # where helm and kubectl run", "    control:", "      hosts:",
        "        \(Self.quoted(control)):",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Always quoted: the names `no`, `1.5` and `1e3` are a boolean and numbers otherwise. Names and addresses hold
  /// nothing that would need an escape (see ``ClusterNode``).
  private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
