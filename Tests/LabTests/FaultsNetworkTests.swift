import Foundation
import Testing

/// Connections and links that fail in one run, each node in another way: what becomes of each, and that none changes
/// another's result.
@Suite(
  .lab(
    "refused=containerd", "silent=containerd", "killed=containerd", "reboots=containerd", "dies=containerd",
    "short=containerd", "cut=containerd", "lossy=containerd", "fine=containerd"),
  .serialized)
struct FaultsNetworkTests {
  @Test func everyNodeHasItsOwnTrouble() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.20.0", size: "1M", images: 2)
    // Four seconds for the archive, so that harm can be done in the middle of it.
    for node in ["killed", "reboots", "dies", "short", "cut", "fine"] {
      try await lab.lab("link", node, "rate", "2mbit")
    }
    try await lab.lab("link", "lossy", "delay", "50ms", "loss", "5%")
    try await lab.lab("stop", "refused", "sshd")
    try await lab.lab("link", "silent", "down")

    let running = lab.begin(
      "load", bundle, "-o", "json", "--timeout", "4", "--stall-timeout", "15", "--reconnect-timeout", "20")
    for node in ["killed", "reboots", "dies", "short", "cut"] {
      try await lab.wait(for: "transfer", on: node, in: running)
    }
    async let killed: Void = Self.loseSSH(lab, "killed", seconds: 3)
    async let reboots: Void = Self.reboot(lab)
    async let dies: Lab.Outcome = lab.lab("stop", "dies", "sshd", "--kill")
    async let short: Void = Self.cut(lab, "short", seconds: 10)
    async let cut: Lab.Outcome = lab.lab("link", "cut", "down")
    _ = try await (killed, reboots, dies, short, cut)
    let outcome = try await running.outcome.value
    #expect(outcome.status == 1)
    let document = try outcome.document()
    func expect(
      _ node: String, _ fault: String, status: String, code: String? = nil, attempts: ClosedRange<Int>? = nil
    ) {
      let result = document[node]
      #expect(result?.status == status, "\(node): \(String(describing: result?.error))")
      #expect(result?.error?.code == code, "\(node)")
      if code != nil { #expect(result?.error?.hint != nil, "\(node) has no hint") }
      if let attempts {
        #expect(attempts.contains(result?.attempts ?? 0), "\(node): \(result?.attempts ?? 0)")
      }
      FaultTable.row(fault, result, outcome.status)
    }
    expect(
      "refused", "node down before: sshd stopped", status: "unreachable", code: "connect-refused",
      attempts: 1...1)
    expect("silent", "node down before: no answer", status: "unreachable", code: "connect-timeout")
    expect("killed", "sshd killed during the transfer, back 3 s later", status: "changed", attempts: 2...9)
    expect(
      "reboots", "node boots anew during the transfer, its runtime last", status: "changed", attempts: 2...20)
    expect(
      "dies", "node dies during the transfer, sshd gone for good", status: "unreachable",
      code: "connect-refused")
    expect("short", "link cut for 10 s", status: "changed", attempts: 1...2)
    expect("cut", "link cut for good", status: "unreachable", code: "connect-timeout")
    expect("lossy", "5 % loss and 100 ms round trips", status: "changed", attempts: 1...1)
    expect("fine", "none, beside the others", status: "changed", attempts: 1...1)
    #expect(document["dies"]?.error?.message.contains("the node was lost before") == true)
    // Nobody's trouble holds up another: the archive takes four seconds at this rate.
    #expect((document["fine"]?.seconds ?? 99) < 15)
    #expect((document["short"]?.seconds ?? 0) > 10)

    for node in ["refused", "dies"] { try await lab.lab("start", node, "sshd") }
    for node in ["silent", "cut"] { try await lab.lab("link", node, "up") }
    for node in ["cut", "dies", "lossy"] { try await lab.lab("link", node, "clear") }
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(try Set(rerun.document().nodes.map(\.name)) == ["refused", "silent", "dies", "cut"])
    let verify = try await lab.gantry("verify", bundle)
    #expect(verify.status == 0, "\(verify.errors)")
    for node in ["killed", "reboots", "dies", "short", "fine"] { try await lab.expectNoImport(node) }
    FaultTable.row("the four that were lost, mended, then `rerun`", "all changed or ok", exit: rerun.status)
  }

  /// The slow one takes its time; the others do not wait for it.
  @Test func aSlowNodeHoldsUpNobody() async throws {
    let lab = try Lab.current
    for node in ["refused", "silent", "killed", "reboots", "dies", "short", "cut", "lossy", "fine"] {
      try await lab.lab("link", node, "clear")
    }
    let bundle = try await lab.bundle("1.20.0", size: "1M", images: 2, "--seed", "7")
    try await lab.lab("link", "fine", "rate", "1mbit")
    let outcome = try await lab.gantry("load", bundle, "-o", "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try outcome.document()
    let slow = try #require(document["fine"])
    let fastest = document.nodes.filter { $0.name != "fine" }.map(\.seconds)
    #expect(slow.seconds > 7, "1 MB at 1 Mbit/s")
    #expect((fastest.max() ?? 99) < slow.seconds)
    FaultTable.row(
      "one node at 1 Mbit/s among eight", slow, outcome.status,
      "it took \(slow.seconds) s, the others \(fastest.max() ?? 0) s at most")
  }

  private static func loseSSH(_ lab: Lab, _ node: String, seconds: Int) async throws {
    try await lab.lab("stop", node, "sshd", "--kill")
    try await Task.sleep(for: .seconds(seconds))
    try await lab.lab("start", node, "sshd")
  }

  private static func reboot(_ lab: Lab) async throws {
    try await lab.lab("stop", "reboots", "sshd", "--kill")
    try await lab.lab("stop", "reboots", "containerd", "--kill")
    // What is in memory is gone with a reboot.
    _ = try await lab.inside("reboots", "rm", "-f", "/run/gantry.lock")
    try await Task.sleep(for: .seconds(3))
    try await lab.lab("start", "reboots", "sshd")
    try await Task.sleep(for: .seconds(3))
    try await lab.lab("start", "reboots", "containerd")
  }

  private static func cut(_ lab: Lab, _ node: String, seconds: Int) async throws {
    try await lab.lab("link", node, "down")
    try await Task.sleep(for: .seconds(seconds))
    try await lab.lab("link", node, "up")
  }
}
