import Foundation
import Testing

/// Layers that go into a real containerd through its own API, beside one whose sshd leads to no sockets and one whose user
/// is not root.
@Suite(.lab("socket=containerd", "archive=containerd", "ops=containerd"), .serialized)
struct UploadTests {
  /// The lab's inventory, with the user ops on the node of that name.
  private static func inventory(_ lab: Lab) throws -> String {
    let text = try String(contentsOfFile: lab.inventory, encoding: .utf8)
    let path = lab.work + "/users.yaml"
    try text.replacing(
      "        ops:\n", with: "        ops:\n          ansible_user: ops\n          ansible_become: true\n"
    )
    .write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private static let ways = "layers go in archives"

  @Test func whicheverWayTheNodesEndTheSame() async throws {
    let lab = try Lab.current
    try await lab.lab("sshd", "archive", "AllowStreamLocalForwarding no")
    let bundle = try await lab.bundle("0.20.0", size: "20M", images: 4)
    let inventory = try Self.inventory(lab)
    let loaded = try await lab.gantry(
      "load", bundle, "--registry", LoadTests.registry, "-o", "json", inventory: inventory)
    #expect(loaded.status == 0, "\(loaded.errors)")
    let document = try loaded.document()
    #expect(document.nodes.count == 3)
    #expect(document.nodes.allSatisfy { $0.status == "changed" && $0.attempts == 1 })
    try await LoadTests.expectComplete(lab, bundle, docker: [], containerd: ["socket", "archive", "ops"])

    let run = try #require(try FileManager.default.contentsOfDirectory(atPath: lab.state + "/runs").max())
    let journal = try String(contentsOfFile: "\(lab.state)/runs/\(run)/journal.jsonl", encoding: .utf8)
    let told = journal.split(separator: "\n").filter { $0.contains(Self.ways) }
    for (node, isTold) in [("socket", false), ("archive", true), ("ops", true)] {
      #expect(told.contains { $0.contains(#""node":"\#(node)""#) } == isTold, "\(node): \(told)")
    }

    // Names, labels, content and snapshots, without what tells the time.
    let script = """
      ctr -n k8s.io images ls | awk '{ print $1, $2, $3, $NF }' | sort
      ctr -n k8s.io content ls | awk '{ n = split($NF, label, ","); for (i in label) print $1, $2, label[i] }' | sort
      ctr -n k8s.io snapshots ls | sort
      ctr -n k8s.io leases ls; ctr -n k8s.io content active
      """
    let stores = try await ["socket", "archive", "ops"].asyncMap {
      try await lab.inside($0, "sh", "-c", script).output
    }
    #expect(stores[0].contains("sha256:"))
    #expect(stores[0] == stores[1] && stores[1] == stores[2])

    let again = try await lab.gantry(
      "load", bundle, "--registry", LoadTests.registry, "-o", "json", inventory: inventory)
    #expect(try again.document().nodes.allSatisfy { $0.status == "ok" && $0.bytesSent == 0 })
  }

  /// One layer, of which a part has come when gantry is killed.
  @Test func aKilledRunGoesOnWithinALayer() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("1.20.0", size: "60M", images: 1, "--seed", "9")
    try await lab.lab("link", "socket", "rate", "20mbit")
    // Killed as soon as containerd has a part of a layer, which is seconds before it has the whole.
    let script = """
      "$@" >/dev/null 2>&1 &
      i=0
      while [ $i -lt 200 ]; do
        "$LAB" sh "$NAME" socket -- ctr -n k8s.io content active | grep -q gantry- && break
        i=$((i + 1)); sleep 0.1
      done
      kill -9 $!; wait $!
      """
    let killed = try await Lab.execute(
      "/bin/sh",
      [
        "-c", script, "sh", Lab.gantry, "load", "-i", lab.inventory, "-l", "socket", "--known-hosts",
        lab.directory + "/known_hosts", "--state-dir", lab.state, bundle,
      ], environment: ["LAB": Lab.root + "/lab/lab", "NAME": lab.name])
    #expect(killed.status != 0)
    let active = try await lab.inside("socket", "ctr", "-n", "k8s.io", "content", "active").output
    #expect(active.contains("gantry-"), "nothing was under way: \(active)")
    #expect(try await lab.inside("socket", "ctr", "-n", "k8s.io", "leases", "ls").output.contains("gantry-"))
    try await lab.lab("link", "socket", "clear")

    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    let sent = try #require(rerun.document()["socket"]?.bytesSent)
    // 60 MiB less the message of 4 MiB that had come.
    #expect(sent < 58_800_000, "\(sent) bytes were sent again")
    for list in ["leases", "content"] {
      let left = try await lab.inside(
        "socket", "ctr", "-n", "k8s.io", list, list == "leases" ? "ls" : "active"
      ).output
      #expect(!left.contains("gantry-"), "\(left)")
    }
    #expect(try await lab.gantry("verify", bundle, options: ["-l", "socket"]).status == 0)
  }

  /// Begins a load that takes several seconds on one node, and waits until layers travel.
  private static func beginSlowly(_ lab: Lab, _ bundle: String) async throws -> Lab.Running {
    try await lab.lab("link", "socket", "rate", "20mbit")
    let running = lab.begin("load", bundle, "-l", "socket", "-o", "json")
    try await lab.wait(for: "transfer", on: "socket", in: running)
    return running
  }

  /// Garbage is collected while layers wait for their names, which is what the lease is for.
  @Test func whatHasComeSurvivesACollection() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("2.20.0", size: "20M", images: 2, "--seed", "11")
    let running = try await Self.beginSlowly(lab, bundle)
    let collect = """
      i=0
      while [ $i -lt 10 ]; do
        ctr -n k8s.io leases create --id x$i >/dev/null; ctr -n k8s.io leases rm --sync x$i >/dev/null
        i=$((i + 1)); sleep 0.7
      done
      """
    _ = try await lab.inside("socket", "sh", "-c", collect)
    let outcome = try await running.outcome.value
    #expect(outcome.status == 0, "\(outcome.errors)")
    let node = try #require(outcome.document()["socket"])
    #expect(node.attempts == 1 && node.notes == nil, "\(node.notes ?? [])")
    try await lab.lab("link", "socket", "clear")
    #expect(try await lab.gantry("verify", bundle, options: ["-l", "socket"]).status == 0)
  }

  /// containerd ends in the middle of a layer and comes back.
  @Test func aDaemonThatRestarts() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("3.20.0", size: "20M", images: 2, "--seed", "12")
    let running = try await Self.beginSlowly(lab, bundle)
    try await Task.sleep(for: .seconds(2))
    try await lab.lab("restart", "socket", "containerd")
    let outcome = try await running.outcome.value
    #expect(outcome.status == 0, "\(outcome.errors)")
    try await lab.lab("link", "socket", "clear")
    #expect(try await lab.gantry("verify", bundle, options: ["-l", "socket"]).status == 0)
  }
}

extension Array {
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
