import Fleet
import Foundation

/// Shows a run while it lasts: on a terminal a line for each node in flight and one for the whole, else plain lines.
public actor ProgressDisplay: RunListener {
  private struct InFlight {
    var order: Int
    var phase = Phase.connect
    var sent: Int64 = 0
    var total: Int64 = 0
  }

  private let console: Console
  /// Of the run, or of the step of a playbook that is under way.
  private var nodeCount: Int
  private let noun: String
  private let start = Date()
  private var inFlight: [String: InFlight] = [:]
  private var finished = 0
  private var failed = 0
  private var bytesDone: Int64 = 0
  private var totalsDone: Int64 = 0
  private var started = 0
  private var lastPaint = Date.distantPast

  /// - Parameters:
  ///   - nodeCount: how many nodes the run has.
  ///   - noun: what they are called, where they are no nodes.
  public init(console: Console, nodeCount: Int, noun: String = "nodes") {
    self.console = console
    self.nodeCount = nodeCount
    self.noun = noun
  }

  public func receive(_ event: RunEvent) {
    let node = event.node
    switch event.kind {
    case .started(let attempt):
      if inFlight[node] == nil {
        started += 1
        inFlight[node] = InFlight(order: started)
      }
      if attempt > 1 { console.verbose("\(node): attempt \(attempt)") }
    case .phase(let phase):
      inFlight[node]?.phase = phase
      console.verbose("\(node): \(phase.rawValue)")
    case .progress(let sent, let total):
      // A later attempt begins with less to send, never with a bar that runs backwards: the whole shrinks with it.
      inFlight[node]?.sent = sent
      inFlight[node]?.total = total
    case .output(let text):
      if console.verbosity >= .debug {
        for line in text.split(separator: "\n") { console.message("\(node)| \(line)", style: .dim) }
      }
    case .note(let text):
      console.message("gantry: \(node): \(text)")
    case .retrying(let failure, let pause):
      console.message(
        "gantry: \(node): \(failure.message); next attempt in \(Units.seconds(pause))", style: .yellow)
    case .finished(let result):
      finish(result)
    case .step(let step):
      tell(step)
    }
    paint()
  }

  /// Takes the live lines away.
  public func finish() { console.paintLive([]) }

  private func tell(_ step: StepEvent) {
    switch step {
    case .started(let name, let kind, let nodes, let position):
      nodeCount = nodes.count
      finished = 0
      failed = 0
      let what = name == kind ? name : "\(name) (\(kind))"
      let place = nodes.isEmpty ? "" : " on \(NodeNames.folded(nodes))"
      console.message(PrintableText.line("gantry: step \(position.number)/\(position.of): \(what)\(place)"))
    case .finished(let result):
      let why = result.reason.map { ": \($0)" } ?? ""
      let end = PrintableText.line("step \(result.name): \(result.status.rawValue)\(why)")
      switch result.status {
      case .ok, .changed: console.verbose(end)
      case .skipped: console.message("gantry: " + end)
      case .failed, .cancelled, .notBegun: console.message("gantry: " + end, style: .yellow)
      }
    }
  }

  private func finish(_ result: NodeResult) {
    if let node = inFlight.removeValue(forKey: result.name) {
      bytesDone += node.sent
      totalsDone += node.total
    }
    finished += 1
    // An upgrade asks nodes beside the one that its step is about.
    nodeCount = max(nodeCount, finished)
    if !result.status.isFine { failed += 1 }
    guard !console.isInteractive else { return }
    let size = result.bytesSent > 0 ? ", \(Units.bytes(result.bytesSent)) sent" : ""
    let why = result.error.map { " (\($0.code))" } ?? ""
    console.message(
      "[\(finished)/\(nodeCount)] \(result.name): \(result.status.rawValue)\(why) in \(Units.seconds(result.seconds))\(size)"
    )
  }

  private func paint() {
    guard console.isInteractive, Date().timeIntervalSince(lastPaint) >= 0.1 || inFlight.isEmpty else {
      return
    }
    lastPaint = Date()
    let rows = max(1, console.size.rows - 3)
    let nodes = inFlight.sorted { $0.value.order < $1.value.order }
    let width = min(24, nodes.map(\.key.count).max() ?? 0)
    var lines = nodes.prefix(rows).map { name, node in
      let bar = node.total > 0 ? Self.bar(node.sent, of: node.total) : ""
      return "  \(Self.pad(name, width))  \(Self.pad(node.phase.rawValue, 8))  \(bar)"
    }
    if nodes.count > rows { lines.append("  … and \(nodes.count - rows) more") }
    lines.append(whole())
    console.paintLive(lines)
  }

  private func whole() -> String {
    let sent = bytesDone + inFlight.values.reduce(0) { $0 + $1.sent }
    let known = totalsDone + inFlight.values.reduce(0) { $0 + $1.total }
    let seconds = Date().timeIntervalSince(start)
    var text = "\(finished)/\(nodeCount) \(noun)"
    if failed > 0 { text += ", \(failed) not fine" }
    if sent > 0 {
      let rate = Double(sent) / max(seconds, 0.1)
      text += ", \(Units.bytes(sent)) of \(Units.bytes(known)), \(Units.bytes(Int64(rate)))/s"
      if sent < known { text += ", \(Units.seconds(Double(known - sent) / rate)) left" }
    }
    return text + ", \(Units.seconds(seconds))"
  }

  private static func bar(_ sent: Int64, of total: Int64) -> String {
    let cells = 20
    let full = Int(Double(cells) * Double(sent) / Double(max(total, 1)))
    return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: cells - full) + "] "
      + "\(Units.bytes(sent)) of \(Units.bytes(total))"
  }

  static func pad(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }
}
