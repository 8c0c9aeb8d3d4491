import Foundation
import Testing

/// Nodes that answer only through jump hosts: `near` through one, `far` through two.
@Suite(.lab("b1=none", "b2=none", "near=containerd", "far=containerd"), .serialized)
struct JumpTests {
  @Test func bundlesGoThroughOneAndTwoJumpHosts() async throws {
    let lab = try Lab.current
    let inventory = try await Self.inventory(lab)
    // Without the jump hosts there is no answer.
    let direct = try await lab.gantry(
      "exec", "-l", "near", "--", "true", options: ["--timeout", "2", "--retries", "0"])
    #expect(direct.status == 1)
    #expect(direct.errors.contains("connect-timeout"))

    let bundle = try await lab.bundle("0.28.0")
    let before = try lab.connections("b1").logins
    let load = try await lab.gantry(
      "load", bundle, inventory: inventory, options: ["-o", "json", "-l", "near,far"])
    #expect(load.status == 0, "\(load.errors)")
    let document = try load.document()
    #expect(document.summary.changed == 2)
    #expect(document.nodes.allSatisfy { $0.images?.isEmpty == false })
    // Both nodes, and the second jump host, went through one connection.
    #expect(try lab.connections("b1").logins == before + 1)
    let verify = try await lab.gantry("verify", bundle, inventory: inventory, options: ["-l", "near,far"])
    #expect(verify.status == 0, "\(verify.errors)")
  }

  @Test func twentyNodesCostTheJumpHostOneConnection() async throws {
    let lab = try Lab.current
    let inventory = try await Self.inventory(lab)
    let (jump, node) = (try lab.connections("b1").logins, try lab.connections("near").logins)
    let outcome = try await lab.gantry(
      "exec", "-l", "many", "-f", "20", "--", "echo", "ok", inventory: inventory)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "m[1-20] (20)\nok\n")
    #expect(try lab.connections("b1").logins == jump + 1)
    #expect(try lab.connections("near").logins == node + 20)
  }

  /// `gantry_jump` names hosts of the inventory, and stands in the variables of all of them.
  @Test func aJumpHostOfTheInventoryHasItsOwnSettings() async throws {
    let lab = try Lab.current
    _ = try await Self.inventory(lab)
    let addresses = try await CheckTests.addresses(lab)
    func address(_ node: String) throws -> String { try #require(addresses[node]) }
    // Each host has a key of its own, and no other is tried.
    let text = """
      [jumps]
      outer ansible_host=\(try address("b1")) ansible_ssh_private_key_file=\(lab.directory)/id_ecdsa
      inner ansible_host=\(try address("b2")) ansible_ssh_private_key_file=\(lab.directory)/id_rsa
      [nodes]
      far ansible_host=\(try address("far")) ansible_ssh_private_key_file=\(lab.directory)/id_ed25519
      [all:vars]
      ansible_user=root
      gantry_jump=outer,nobody@inner
      """
    let file = lab.work + "/jump-names.ini"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    let before = try lab.connections("b1").logins
    // The user that gantry_jump writes counts before the host's own, and nobody may not log in.
    let refused = try await lab.gantry(
      "exec", "-l", "far", "-o", "json", "--", "echo", "ok", inventory: file, options: ["--retries", "0"])
    #expect(try refused.document()["far"]?.error?.message.contains("nobody") == true, "\(refused.output)")
    try text.replacingOccurrences(of: "nobody@inner", with: "inner").write(
      toFile: file, atomically: true, encoding: .utf8)
    let outcome = try await lab.gantry("exec", "--", "echo", "ok", inventory: file)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "outer,inner,far (3)\nok\n")
    // Once as a node and once as the way, in either run.
    #expect(try lab.connections("b1").logins <= before + 3)
    let shown = try await lab.gantry("check", "-vv", "-l", "outer", inventory: file)
    #expect(shown.errors.contains("outer: ProxyJump none"), "\(shown.errors)")
    let way = try await lab.gantry("check", "-vv", "-l", "far", inventory: file)
    #expect(way.errors.contains("on the way, outer: IdentityFile \(lab.directory)/id_ecdsa"), "\(way.errors)")
  }

  @Test func aJumpHostThatIsDownIsNamed() async throws {
    let lab = try Lab.current
    let inventory = try await Self.inventory(lab)
    try await lab.lab("stop", "b2", "sshd")
    let outcome = try await lab.gantry(
      "exec", "-l", "near,far", "-o", "json", "--", "echo", "ok", inventory: inventory,
      options: ["--retries", "0"])
    try await lab.lab("start", "b2", "sshd")
    #expect(outcome.status == 1)
    let document = try outcome.document()
    #expect(document["near"]?.error == nil)
    #expect(document["far"]?.status == "unreachable")
    #expect(document["far"]?.error?.code == "connect-failed")
    #expect(document["far"]?.error?.message.contains("jump host") == true)
  }

  /// Takes the way back to this machine from the nodes behind, and writes an inventory that goes round.
  static func inventory(_ lab: Lab) async throws -> String {
    let addresses = try await CheckTests.addresses(lab)
    let b1 = try #require(addresses["b1"])
    let host = b1.split(separator: ".").dropLast().joined(separator: ".") + ".1"
    for node in ["b2", "near", "far"] {
      _ = try await lab.inside(node, "ip", "route", "replace", "blackhole", host + "/32")
    }
    // The node two hops away does not answer the first jump host either.
    _ = try await lab.inside("far", "ip", "route", "replace", "blackhole", b1 + "/32")
    let near = try #require(addresses["near"])
    var text = "near ansible_host=\(near) gantry_jump=root@\(b1)\n"
    text +=
      "far ansible_host=\(addresses["far"] ?? "") gantry_jump=root@\(b1),root@\(addresses["b2"] ?? ""):22\n"
    text += "[many]\nm[1:20] ansible_host=\(near)\n"
    text += "[many:vars]\nansible_ssh_common_args='-o ProxyJump=root@\(b1)'\n"
    text += "[all:vars]\nansible_user=root\nansible_ssh_private_key_file=\(lab.directory)/id_ed25519\n"
    let file = lab.work + "/jump.ini"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}
