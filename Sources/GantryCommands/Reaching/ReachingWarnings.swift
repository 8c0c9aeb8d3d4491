import SSH
import Terminal

/// What an operator should hear in each run about the way to the nodes.
struct ReachingWarnings {
  let lines: [String]

  /// - Parameter targets: by the nodes' names, in the inventory's order.
  init(_ targets: [(name: String, target: ResolvedTarget)]) {
    var order: [SettingOrigin] = []
    var names: [SettingOrigin: [String]] = [:]
    for (name, resolved) in targets {
      for client in [resolved.client] + resolved.hops {
        guard let checking = client.hostKeyChecking, checking.value == .no else { continue }
        if names[checking.origin] == nil { order.append(checking.origin) }
        names[checking.origin, default: []].append(name)
      }
    }
    lines = order.map { origin in
      "\(NodeNames.folded(names[origin] ?? [])): a host key that is not known is accepted unseen"
        + " (StrictHostKeyChecking no, \(origin)); a changed one is refused all the same"
    }
  }
}
