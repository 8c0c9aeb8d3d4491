import Helm

/// The commands that an upgrade would run, as an operator would type them.
extension UpgradeRun {
  var commands: [String] {
    var lines = result.commands ?? []
    if release != nil {
      lines.append("helm get values \(spec.release) -n \(spec.namespace) -o yaml > bak-\(stamp).yaml")
    }
    for (nodes, label) in remedies {
      lines.append(
        line(["kubectl", "label", "node"] + nodes + ["\(label.key)=\(label.value)", "--overwrite"]))
    }
    if !result.crds.isEmpty {
      lines.append("kubectl apply -f chart/crds   # \(result.crds.joined(separator: " "))")
    }
    lines.append(line(["helm"] + upgradeWords))
    return lines
  }

  private func line(_ words: [String]) -> String { words.map(ShellQuote.quote).joined(separator: " ") }
}
