import Foundation
import Testing

/// Container runtimes that are down, hung, or restarted in the middle, each on a node of its own in one run.
@Suite(
  .lab(
    "down=containerd", "hung=containerd", "dhung=docker", "restarts=containerd", "drestarts=docker",
    "freezes=containerd", "frozen=containerd", "fine=docker"),
  .serialized)
struct FaultsDaemonTests {
  @Test func everyRuntimeHasItsOwnTrouble() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.20.0", size: "2M", images: 2)
    for node in ["restarts", "drestarts", "freezes", "frozen", "fine"] {
      try await lab.lab("link", node, "rate", "3mbit")
    }
    try await lab.lab("stop", "down", "containerd")
    try await lab.lab("pause", "hung", "containerd")
    try await lab.lab("pause", "dhung", "dockerd")

    let running = lab.begin(
      "load", bundle, "-o", "json", "--stall-timeout", "4", "--reconnect-timeout", "25",
      "--import-timeout", "20")
    for node in ["restarts", "drestarts", "freezes", "frozen"] {
      try await lab.wait(for: "transfer", on: node, in: running)
    }
    try await Task.sleep(for: .seconds(1))
    async let frozen: Lab.Outcome = lab.lab("pause", "frozen", "containerd")
    async let freezes: Void = Self.freeze(lab, seconds: 12)
    async let restarts: Lab.Outcome = lab.lab("restart", "restarts", "containerd")
    async let drestarts: Lab.Outcome = lab.lab("restart", "drestarts", "dockerd")
    _ = try await (frozen, freezes, restarts, drestarts)
    let outcome = try await running.outcome.value
    #expect(outcome.status == 1)
    let document = try outcome.document()
    func expect(_ node: String, _ fault: String, status: String, code: String? = nil) {
      let result = document[node]
      #expect(result?.status == status, "\(node): \(String(describing: result?.error))")
      #expect(result?.error?.code == code, "\(node): \(String(describing: result?.error))")
      FaultTable.row(fault, result, outcome.status)
    }
    expect("down", "containerd stopped before", status: "failed", code: "runtime-down")
    expect("hung", "containerd hung (SIGSTOP) before", status: "failed", code: "runtime-down")
    expect("dhung", "dockerd hung (SIGSTOP) before", status: "failed", code: "runtime-down")
    expect("restarts", "containerd restarted during the transfer", status: "changed")
    expect("drestarts", "dockerd restarted during the transfer", status: "changed")
    expect("freezes", "containerd hung for 12 s during the transfer", status: "changed")
    // It stops taking layers, and does not answer those who come to look.
    expect("frozen", "containerd hung for good during the transfer", status: "failed", code: "runtime-down")
    expect("fine", "none, beside the others", status: "changed")
    #expect(document["fine"]?.attempts == 1)
    #expect((document["down"]?.bytesSent ?? 1) == 0 && (document["hung"]?.bytesSent ?? 1) == 0)

    try await lab.lab("start", "down", "containerd")
    for (node, service) in [("hung", "containerd"), ("frozen", "containerd"), ("dhung", "dockerd")] {
      try await lab.lab("resume", node, service)
    }
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(try Set(rerun.document().nodes.map(\.name)) == ["down", "hung", "dhung", "frozen"])
    let verify = try await lab.gantry("verify", bundle)
    #expect(verify.status == 0, "\(verify.errors)")
    FaultTable.row("those runtimes mended, then `rerun`", "all changed or ok", exit: rerun.status)
  }

  private static func freeze(_ lab: Lab, seconds: Int) async throws {
    try await lab.lab("pause", "freezes", "containerd")
    try await Task.sleep(for: .seconds(seconds))
    try await lab.lab("resume", "freezes", "containerd")
  }
}
