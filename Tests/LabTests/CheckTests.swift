import Foundation
import Testing

/// `check` on a fleet where every node has another trouble; and that it changes nothing.
@Suite(
  .lab(
    "good=containerd", "dead=none", "wrongkey=none", "changed=none", "bare=none", "full=containerd,disk=64M"),
  .serialized)
struct CheckTests {
  @Test func eachTroubleHasItsCode() async throws {
    let lab = try Lab.current
    try await lab.lab("stop", "dead", "sshd")
    try await lab.lab("fill", "full")
    // No runtime at all, not merely a stopped one.
    _ = try await lab.inside(
      "bare", "sh", "-c",
      "rm -f $(command -v ctr containerd dockerd docker) /usr/local/bin/docker /usr/bin/docker")
    _ = try await lab.inside(
      "wrongkey", "sh", "-c",
      "for d in /root /home/*; do rm -f $d/.ssh/authorized_keys; done; rm -f /etc/ssh/authorized_keys*")
    try await lab.lab("sshd", "wrongkey", "AuthorizedKeysFile none", "PasswordAuthentication no")

    // A known_hosts file in which one node has the key of another.
    let known = try String(contentsOfFile: lab.directory + "/known_hosts", encoding: .utf8)
    let addresses = try await Self.addresses(lab)
    let changed = try #require(addresses["changed"])
    let good = try #require(addresses["good"])
    let forged =
      known.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix(changed + " ") }.map(String.init)
      + known.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(good + " ") }
      .map { changed + $0.dropFirst(good.count) }
    let file = lab.work + "/known_hosts"
    try forged.joined(separator: "\n").appending("\n").write(toFile: file, atomically: true, encoding: .utf8)

    let nodes = ["good", "dead", "wrongkey", "changed", "bare", "full"]
    var before: [String] = []
    for node in nodes { before.append(try await lab.lab("snapshot", node).output) }
    let start = ContinuousClock.now
    let check = try await Lab.execute(
      Lab.gantry,
      [
        "check", "-i", lab.inventory, "--known-hosts", file, "--state-dir", lab.state, "-o", "json",
        "--retries", "0",
      ])
    #expect(ContinuousClock.now - start < .seconds(25))
    #expect(check.status == 1)
    let document = try check.document()
    let codes = Dictionary(uniqueKeysWithValues: document.nodes.map { ($0.name, $0.error?.code ?? "") })
    #expect(codes["good"] == "")
    #expect(codes["dead"] == "connect-refused")
    #expect(codes["wrongkey"] == "auth-failed")
    #expect(codes["changed"] == "host-key-changed")
    #expect(codes["bare"] == "no-runtime")
    #expect(codes["full"] == "disk-full")
    #expect(document.nodes.allSatisfy { $0.error == nil || $0.error?.hint != nil })
    let facts = try #require(document["good"]?.facts)
    #expect(
      facts.runtime == "containerd" && facts.privilege == "root" && facts.arch != nil && facts.os != nil)
    #expect((facts.diskFreeBytes ?? 0) > 0)
    for (node, before) in zip(nodes, before) {
      #expect(!before.isEmpty)
      #expect(try await lab.lab("snapshot", node).output == before, "\(node) was changed")
    }
  }

  static func addresses(_ lab: Lab) async throws -> [String: String] {
    let list = try await Lab.execute(Lab.gantry, ["inventory", "list", "-i", lab.inventory])
    #expect(list.status == 0, "\(list.errors)")
    return Dictionary(
      uniqueKeysWithValues: list.output.split(separator: "\n").map { line in
        let words = line.split(separator: " ")
        return (String(words[0]), String(words[1]))
      })
  }
}
