import Fleet
import SSH
import Terminal

/// How each setting of each node came about: value, and the file and line, variable or option that said it.
struct ReachingExplanation {
  /// Equal lines of several nodes are one.
  let lines: [String]

  init(_ fleet: PreparedFleet) {
    var order: [String] = []
    var names: [String: [String]] = [:]
    func add(_ node: String, _ text: String) {
      if names[text] == nil { order.append(text) }
      names[text, default: []].append(node)
    }
    for node in fleet.nodes {
      guard let resolved = fleet.connector.targets[node.name] else {
        add(node.name, "this machine itself (ansible_connection)")
        continue
      }
      if let source = node.settings.sources[.address] {
        add(node.name, "address \(node.address) (\(source))")
      }
      for setting in resolved.client.explained(localUser: resolved.localUser) {
        add(node.name, Self.text(setting))
      }
      for (hop, target) in zip(resolved.hops, resolved.target.hops) {
        for setting in hop.explained(localUser: resolved.localUser) {
          add(node.name, "on the way, \(PrintableText.line(target.name)): \(Self.text(setting))")
        }
      }
    }
    lines = order.map { text in
      "gantry: \(PrintableText.line(NodeNames.folded(names[text] ?? []))): \(text)"
    }
  }

  private static func text(_ setting: ExplainedSetting) -> String {
    "\(setting.name) \(setting.value) (\(setting.origin))"
  }
}
