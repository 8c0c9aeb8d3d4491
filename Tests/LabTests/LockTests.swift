import Foundation
import Testing

/// Two runs at once on the same nodes: they do not mix, and a hold ends with its holder, however that ends.
@Suite(.lab("n1=containerd", "n2=docker"), .serialized)
struct LockTests {
  /// A load that is in the middle of its transfer to both nodes.
  private func hold(_ lab: Lab, _ version: String, rate: String = "2mbit") async throws -> (
    bundle: String, running: Lab.Running, run: String
  ) {
    let bundle = try await lab.bundle(version, size: "2M", images: 2, "--seed", version)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", rate) }
    let running = lab.begin("load", bundle, "-o", "json")
    for node in ["n1", "n2"] { try await lab.wait(for: "transfer", on: node, in: running) }
    let run = URL(fileURLWithPath: try await lab.record(of: running)).lastPathComponent
    return (bundle, running, run)
  }

  @Test func theSecondRunIsToldWhoIsThere() async throws {
    let lab = try Lab.current
    let other = try await lab.bundle("0.10.0", size: "1M", images: 1)
    let (bundle, running, run) = try await hold(lab, "0.11.0")
    let second = try await lab.gantry("load", other, "-o", "json")
    #expect(second.status == 1)
    for node in try second.document().nodes {
      #expect(node.status == "failed" && node.error?.code == "node-locked", "\(node.name): \(second.output)")
      #expect(node.attempts == 1 && node.bytesSent == 0)
      #expect(node.error?.message.contains("run \(run) of ") == true, "\(node.error?.message ?? "")")
      #expect(node.error?.message.contains("@") == true)
    }
    // What changes nothing is not kept out.
    #expect(try await lab.gantry("check", other).status == 0)
    let verify = try await lab.gantry("verify", other, "-o", "json")
    #expect(try verify.document().nodes.allSatisfy { $0.error?.code == "images-missing" })
    // One that waits comes next, with what the first has done.
    let patient = try await lab.gantry("load", bundle, "-o", "json", "--lock-timeout", "120")
    #expect(patient.status == 0, "\(patient.errors)")
    #expect(try patient.document().nodes.allSatisfy { $0.status == "ok" && $0.bytesSent == 0 })
    let first = try await running.outcome.value
    #expect(first.status == 0, "\(first.errors)")
    #expect(try first.document().nodes.allSatisfy { $0.status == "changed" && $0.attempts == 1 })
    #expect(try await lab.gantry("rerun", run).status == 0)
    FaultTable.row("two runs at once on one node", try second.document()["n1"], second.status)
    FaultTable.row(
      "two runs at once, the second with --lock-timeout", try patient.document()["n1"], patient.status)
  }

  @Test func aKilledRunHoldsNothing() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.12.0", size: "2M", images: 2)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", "2mbit") }
    let killed = try await Lab.execute(
      "/usr/bin/timeout",
      [
        "-s", "KILL", "4", Lab.gantry, "load", "-i", lab.inventory, "--known-hosts",
        lab.directory + "/known_hosts", "--state-dir", lab.state, bundle,
      ])
    #expect(killed.status == 137)
    for node in ["n1", "n2"] {
      let link = try await lab.inside(node, "readlink", "/run/gantry.lock")
      #expect(link.output.split(separator: " ").count == 6, "\(node): no lock was taken: \(link.output)")
      try await lab.lab("link", node, "clear")
    }
    // Another run, not a rerun: it knows nothing of the first.
    let next = try await lab.gantry("load", bundle, "-o", "json", "--lock-timeout", "5")
    #expect(next.status == 0, "\(next.output)")
    #expect(try await lab.gantry("verify", bundle).status == 0)
    FaultTable.row("kill -9 of a run, another one at once", try next.document()["n1"], next.status)
  }

  /// A hostile or foreign link is no lock; one whose process id was given out again neither.
  @Test(arguments: [
    "nonsense", "1 1 1 run who 5", "1 $(touch /tmp/x) 5 run who 5", "2 1 1 run who 5", "1 * 1 a b 5",
  ])
  func whatIsNoLockIsTakenOver(link: String) async throws {
    let lab = try Lab.current
    for node in ["n1", "n2"] { try await lab.lab("link", node, "clear") }
    _ = try await lab.inside("n1", "ln", "-sfn", link, "/run/gantry.lock")
    let bundle = try await lab.bundle(
      "0.13.\(link.utf8.reduce(0) { $0 + Int($1) })", size: "100K", images: 1, "--seed", "3")
    let load = try await lab.gantry("load", bundle, "-l", "n1", "-o", "json")
    #expect(load.status == 0, "\(load.output)")
    #expect(try load.document()["n1"]?.status == "changed")
    #expect(try await lab.inside("n1", "test", "-e", "/tmp/x").status != 0)
    let left = try await lab.inside("n1", "sh", "-c", "ls /run | grep -c gantry.lock")
    #expect(left.output == "1\n")
  }

  /// Both take the same stale lock at the same moment: one has it.
  @Test func ofTwoThatComeTogetherOneWaits() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.14.0", size: "1M", images: 2)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "clear") }
    _ = try await lab.inside("n1", "ln", "-sfn", "1 999999 1 old who 5", "/run/gantry.lock")
    let both = [0, 1].map { _ in lab.begin("load", bundle, "-l", "n1", "-o", "json", "--lock-timeout", "60") }
    var changed = 0
    for running in both {
      let outcome = try await running.outcome.value
      #expect(outcome.status == 0, "\(outcome.output)")
      if try outcome.document()["n1"]?.status == "changed" { changed += 1 }
    }
    #expect(changed == 1, "one did the work, the other found it done")
  }
}
