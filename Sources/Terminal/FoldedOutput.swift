import Fleet

/// What one command printed on many nodes, each different text once with the nodes that printed it.
public enum FoldedOutput {
  /// What the commands of a playbook's steps printed, each step under its name.
  public static func text(ofSteps steps: [StepResult], console: Console) -> String {
    var blocks: [String] = []
    for step in steps {
      let text = text(of: step.nodes, console: console)
      if !text.isEmpty { blocks.append(console.styled("step \(step.name)", .bold) + "\n" + text) }
    }
    return blocks.joined(separator: "\n")
  }

  public static func text(_ result: RunResult, console: Console) -> String {
    text(of: result.nodes, console: console)
  }

  private static func text(of nodes: [NodeResult], console: Console) -> String {
    struct Same: Hashable {
      let status: Int32
      let stdout: String
      let stderr: String
    }
    var order: [Same] = []
    var names: [Same: [String]] = [:]
    for node in nodes {
      guard let command = node.command else { continue }
      let same = Same(status: command.status, stdout: command.stdout, stderr: command.stderr)
      if names[same] == nil { order.append(same) }
      names[same, default: []].append(node.name)
    }
    var blocks: [String] = []
    for same in order {
      let nodes = names[same] ?? []
      let exit = same.status == 0 ? "" : " exit \(same.status)"
      let head = "\(NodeNames.folded(nodes)) (\(nodes.count))\(exit)"
      var block = console.styled(head, same.status == 0 ? .bold : .red)
      for text in [same.stdout, same.stderr] where !text.isEmpty {
        block += "\n" + (text.hasSuffix("\n") ? String(text.dropLast()) : text)
      }
      blocks.append(block)
    }
    return blocks.joined(separator: "\n")
  }
}
