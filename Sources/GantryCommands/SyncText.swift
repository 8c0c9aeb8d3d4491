import Fleet
import Registry
import Terminal

/// A sync's result as text: for each bundle its chart and its images, equal ends folded.
enum SyncText {
  /// - Parameter lists: also each name that would be pushed and each value that would be rewritten.
  static func table(_ result: SyncResult, console: Console, lists: Bool) -> String {
    var lines: [String] = []
    for bundle in result.bundles {
      lines.append(console.styled(PrintableText.line(bundle.path), .bold))
      if lists { lines += list(bundle) }
      var parts: [String] = []
      for status in SyncResult.Status.allCases {
        let count = bundle.images.count { $0.status == status }
        if count > 0 { parts.append("\(count) \(status.rawValue)") }
      }
      if !parts.isEmpty { lines.append("  images  " + parts.joined(separator: ", ")) }
      if let chart = bundle.chart {
        let changed = chart.rewritten.isEmpty ? "" : ", \(chart.rewritten.count) values rewritten"
        let place = chart.target.isEmpty ? "" : " \(chart.status == .present ? "at" : "to") \(chart.target)"
        lines.append("  chart   \(chart.name) \(chart.version) \(chart.status.rawValue)\(place)\(changed)")
      }
    }
    lines.append(whole(result))
    return lines.joined(separator: "\n")
  }

  private static func list(_ bundle: SyncResult.Bundle) -> [String] {
    bundle.images.map { "  \($0.status.rawValue)  \($0.source) → \($0.reference)" }
      + (bundle.chart?.rewritten ?? []).map {
        "  rewritten  \(PrintableText.line($0.file)): \($0.key): \(PrintableText.line($0.from)) → \($0.to)"
      }
  }

  private static func whole(_ result: SyncResult) -> String {
    let summary = result.summary
    var parts: [String] = []
    for (count, word) in [
      (summary.pushed, "pushed"), (summary.saved, "saved"), (summary.uploaded, "uploaded"),
      (summary.present, "present"),
      (summary.failed, "failed"), (summary.skipped, "skipped"), (summary.cancelled, "cancelled"),
    ] where count > 0 {
      parts.append("\(count) \(word)")
    }
    var text =
      "\(summary.images) \(summary.images == 1 ? "image" : "images"), \(summary.charts) \(summary.charts == 1 ? "chart" : "charts"): "
      + parts.joined(separator: ", ")
    if summary.bytesSent > 0 { text += "; \(Units.bytes(summary.bytesSent)) sent" }
    text += " in \(Units.seconds(result.seconds))"
    return result.dryRun == true ? text + " (dry run: nothing was changed)" : text
  }

  /// One failure of one or more names.
  struct Problem {
    let who: String
    let text: String
    let hint: String?
  }

  /// Equal failures in one each.
  static func problems(_ result: SyncResult) -> [Problem] {
    var order: [Failure] = []
    var names: [Failure: [String]] = [:]
    for bundle in result.bundles {
      let failures =
        bundle.images.map { ($0.reference, $0.error) }
        + [bundle.chart].compactMap { $0 }.map { ("chart \($0.name) \($0.version)", $0.error) }
      for case (let name, let failure?) in failures where failure.code != .cancelled {
        if names[failure] == nil { order.append(failure) }
        names[failure, default: []].append(name)
      }
    }
    return order.map { failure in
      let all = names[failure] ?? []
      return Problem(
        who: all.count == 1 ? all[0] : "\(all.count) of the target's names",
        text: "\(failure.message) (\(failure.code))", hint: failure.hint)
    }
  }

  /// Notes and failures, for standard error.
  static func tellFailures(_ result: SyncResult, console: Console) {
    for note in result.bundles.flatMap({ $0.notes ?? [] }) {
      console.message("gantry: \(PrintableText.line(note))")
    }
    for problem in problems(result) { console.problem(problem.who, problem.text, hint: problem.hint) }
  }
}
