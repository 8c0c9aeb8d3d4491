import Fleet

/// A run's result as text: equal lines folded, the whole in the last line.
public enum ResultText {
  /// The table for standard output.
  public static func table(_ result: RunResult, console: Console) -> String {
    var order: [String] = []
    var names: [String: [String]] = [:]
    var statuses: [String: NodeStatus] = [:]
    for node in result.nodes {
      let line = "\(node.status.rawValue)\u{0}\(describe(node, command: result.command))"
      if names[line] == nil { order.append(line) }
      names[line, default: []].append(node.name)
      statuses[line] = node.status
    }
    let rows = order.map { line -> (name: String, status: NodeStatus, text: String) in
      let text = line.split(separator: "\u{0}", maxSplits: 1, omittingEmptySubsequences: false)
      return (NodeNames.folded(names[line] ?? []), statuses[line] ?? .ok, String(text.last ?? ""))
    }
    let width = min(40, rows.map(\.name.count).max() ?? 0)
    var lines = rows.map { row in
      let status = ProgressDisplay.pad(row.status.rawValue, 11)
      return ProgressDisplay.pad(row.name, width) + "  " + console.styled(status, style(row.status)) + "  "
        + row.text
    }
    if let upgrade = result.upgrade { lines += UpgradeText.lines(upgrade, dryRun: result.dryRun == true) }
    lines.append(whole(result))
    return lines.joined(separator: "\n")
  }

  /// One line for each step of a playbook, and what became of its releases.
  public static func steps(_ steps: [StepResult], dryRun: Bool, console: Console) -> String {
    let width = min(30, steps.map(\.name.count).max() ?? 0)
    return steps.map { step in
      let style: Console.Style =
        switch step.status {
        case .ok, .changed: .green
        case .failed: .red
        case .skipped, .cancelled, .notBegun: .yellow
        }
      var text = ProgressDisplay.pad(PrintableText.line(step.name), width) + "  "
      text += console.styled(ProgressDisplay.pad(step.status.rawValue, 9), style) + "  "
      if let reason = step.reason, step.upgrade == nil { return text + PrintableText.line(reason) }
      let summary = RunResult.Summary(step.nodes)
      if !step.nodes.isEmpty { text += counts(summary).joined(separator: ", ") + " in " }
      text += Units.seconds(step.seconds)
      let upgrade = step.upgrade.map { UpgradeText.lines($0, dryRun: dryRun) } ?? []
      return ([text] + upgrade.map { $0.isEmpty ? "" : "  " + $0 }).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Equal failures in one line each, for standard error.
  public static func tellFailures(_ result: RunResult, console: Console) {
    struct Same: Hashable {
      let phase: Phase
      let failure: Failure
    }
    var order: [Same] = []
    var names: [Same: [String]] = [:]
    for node in result.nodes where !node.status.isFine {
      guard let failure = node.error, failure.code != .cancelled else { continue }
      let same = Same(phase: node.phase, failure: failure)
      if names[same] == nil { order.append(same) }
      names[same, default: []].append(node.name)
    }
    for same in order {
      let who = NodeNames.folded(names[same] ?? [])
      console.problem(who, "\(same.phase.rawValue): \(same.failure.message)", hint: same.failure.hint)
    }
  }

  private static func whole(_ result: RunResult) -> String {
    let summary = result.summary
    let parts = counts(summary)
    let count = result.nodes.count
    var text =
      "\(count) \(count == 1 ? "node" : "nodes"): "
      + (parts.isEmpty ? "nothing to do" : parts.joined(separator: ", "))
    if summary.bytesSent > 0 { text += "; \(Units.bytes(summary.bytesSent)) sent" }
    text += " in \(Units.seconds(result.seconds)); run \(result.run)"
    return result.dryRun == true ? text + " (dry run: nothing was changed)" : text
  }

  private static func counts(_ summary: RunResult.Summary) -> [String] {
    var parts: [String] = []
    if summary.ok > 0 {
      parts.append("\(summary.ok) ok" + (summary.changed > 0 ? " (\(summary.changed) changed)" : ""))
    }
    if summary.failed > 0 { parts.append("\(summary.failed) failed") }
    if summary.unreachable > 0 { parts.append("\(summary.unreachable) unreachable") }
    if summary.skipped > 0 { parts.append("\(summary.skipped) skipped") }
    if summary.cancelled > 0 { parts.append("\(summary.cancelled) cancelled") }
    return parts
  }

  private static func describe(_ node: NodeResult, command: String) -> String {
    if let error = node.error { return error.code.rawValue }
    var parts = command == "check" ? facts(node) : []
    if let images = node.images { parts.append(describe(images)) }
    return parts.joined(separator: ", ")
  }

  /// What a check found, as far as nodes that are alike share it; room differs on each, so it is rounded down.
  private static func facts(_ node: NodeResult) -> [String] {
    guard let facts = node.facts else { return [] }
    var parts: [String] = []
    if let runtime = facts.runtime { parts.append("\(runtime) \(facts.version ?? "")") }
    parts += [facts.os, facts.arch, facts.privilege].compactMap { $0 }
    if let free = facts.diskFreeBytes { parts.append("\(Units.wholeGigabytes(free)) free") }
    return parts
  }

  private static func describe(_ images: [ImageResult]) -> String {
    var parts: [String] = []
    for status in ImageResult.Status.allCases {
      let count = images.count { $0.status == status }
      if count > 0 { parts.append("\(count) \(status.rawValue)") }
    }
    let names = images.count == 1 ? "image name" : "image names"
    if parts.count == 1 { return "\(images.count) \(names) \(parts[0].drop { $0 != " " }.dropFirst())" }
    return "\(images.count) \(names): " + parts.joined(separator: ", ")
  }

  private static func style(_ status: NodeStatus) -> Console.Style {
    switch status {
    case .ok, .changed: .green
    case .failed, .unreachable: .red
    case .skipped, .cancelled: .yellow
    }
  }
}
