import Foundation
import Testing

/// Nodes that are reached as an SSH configuration says, and how each setting came about.
@Suite(.lab("n1=none", "n2=none"), .serialized)
struct SSHConfigTests {
  /// An inventory of bare names: everything else is in the configuration.
  private func write(_ config: String, hosts: String = "web1:\nweb2:\n", to name: String) async throws
    -> (inventory: String, config: String)
  {
    let lab = try Lab.current
    let addresses = try await CheckTests.addresses(lab)
    var config = config
    for (node, address) in addresses { config = config.replacingOccurrences(of: "@\(node)@", with: address) }
    config = config.replacingOccurrences(of: "@KEY@", with: lab.directory + "/id_ed25519")
    let inventory = lab.work + "/\(name).yaml"
    let lines = hosts.split(separator: "\n").map { "    \($0)\n" }.joined()
    try "all:\n  hosts:\n\(lines)".write(toFile: inventory, atomically: true, encoding: .utf8)
    let file = lab.work + "/\(name).config"
    try config.write(toFile: file, atomically: true, encoding: .utf8)
    return (inventory, file)
  }

  private func gantry(
    _ command: String, _ inventory: String, _ config: String, _ more: String...
  ) async throws -> Lab.Outcome {
    let lab = try Lab.current
    return try await Lab.execute(
      Lab.gantry,
      [
        command, "-i", inventory, "--ssh-config", config, "--known-hosts", lab.directory + "/known_hosts",
        "--state-dir", lab.state,
      ] + more)
  }

  @Test func theConfigurationSaysWhatTheInventoryLeavesOut() async throws {
    let files = try await write(
      """
      Match originalhost web2 exec "test %h = @n2@"
        IdentityFile none
      Host web*
        User root
        IdentityFile @KEY@
        IdentitiesOnly yes
      Host web1
        HostName @n1@
      """ + "\nHost web2\n  HostName @n2@\n", to: "plain")
    let outcome = try await gantry("exec", files.inventory, files.config, "--", "id -un")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "web[1-2] (2)\nroot\n")
  }

  @Test func theInventoryWins() async throws {
    let files = try await write(
      "Host web1\n HostName @n1@\n User guest\n IdentityFile @KEY@\n",
      hosts: "web1: {ansible_user: ops}\n", to: "wins")
    let outcome = try await gantry("exec", files.inventory, files.config, "--", "id -un")
    #expect(outcome.output == "web1 (1)\nops\n", "\(outcome.errors)")
  }

  @Test func everySettingHasItsOrigin() async throws {
    let files = try await write(
      """
      Host web*
        ConnectTimeout 7
        IdentityFile @KEY@
        User root
      Host web1
        HostName @n1@
      Host web2
        HostName @n2@
      """, hosts: "web1:\nweb2: {ansible_port: 22}\n", to: "origins")
    let outcome = try await gantry("check", files.inventory, files.config, "-vv")
    #expect(outcome.errors.contains("web[1-2]: ConnectTimeout 7 (\(files.config):2)"), "\(outcome.errors)")
    #expect(outcome.errors.contains("(\(files.config):6)"))
    #expect(outcome.errors.contains("web1: Port 22 (default)"))
    #expect(outcome.errors.contains("web2: Port 22 (ansible_port (\(files.inventory):4))"))
    #expect(outcome.errors.contains("known_hosts (--known-hosts)"))
    #expect(!outcome.output.contains("ConnectTimeout"))
    let quiet = try await gantry("check", files.inventory, files.config)
    #expect(!quiet.errors.contains("ConnectTimeout"))
  }

  @Test(arguments: [
    ("Port 22\nNoSuchThing yes\n", "ssh-config-unknown-keyword", ":2: "),
    ("Host other\n Port many\n", "ssh-config-syntax", ":2: "),
    ("Match localnetwork 10.0.0.0/8\n", "ssh-config-unsupported", ":1: "),
    ("CanonicalizeHostname yes\n", "ssh-config-unsupported", ":1: "),
    ("Match exec \"sleep 60\"\n", "ssh-config-command", ":1: "),
    ("Host *\n ProxyJump web1\n", "usage", "twice"),
  ])
  func aMistakeEndsBeforeAnybodyIsTouched(_ config: String, _ code: String, _ place: String) async throws {
    let lab = try Lab.current
    let files = try await write(config, to: "bad")
    let before = try lab.connections("n1").logins + lab.connections("n2").logins
    let start = ContinuousClock.now
    let outcome = try await gantry("check", files.inventory, files.config)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("(\(code))") && outcome.errors.contains(place), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(ContinuousClock.now - start < .seconds(20))
    #expect(try lab.connections("n1").logins + lab.connections("n2").logins == before)
  }

  /// ProxyJump, with the bastion's own user and key, and its host key known or not.
  @Test func theHostsOnTheWayAreLookedUpToo() async throws {
    let lab = try Lab.current
    let files = try await write(
      """
      Host web*
        HostName @n2@
        User root
        IdentityFile @KEY@
        ProxyJump bastion
      Host bastion
        HostName @n1@
        User ops
        IdentityFile @KEY@
      """, to: "jump")
    let addresses = try await CheckTests.addresses(lab)
    let bastion = try #require(addresses["n1"])
    let node = try #require(addresses["n2"])
    let before = try lab.connections("n1").logins
    let outcome = try await gantry(
      "exec", files.inventory, files.config, "--", "id -un; echo ${SSH_CONNECTION%% *}")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "web[1-2] (2)\nroot\n\(bastion)\n")
    // Both nodes came through one connection.
    #expect(try lab.connections("n1").logins == before + 1)
    let check = try await gantry("check", files.inventory, files.config, "-vv")
    #expect(check.errors.contains("web[1-2]: on the way, bastion: User ops (\(files.config):8)"))

    let known = lab.work + "/jump.known"
    func trust(_ more: String...) async throws -> Lab.Outcome {
      try await Lab.execute(
        Lab.gantry,
        [
          "trust", "-i", files.inventory, "--ssh-config", files.config, "--known-hosts", known, "--state-dir",
          lab.state, "-o", "json",
        ] + more)
    }
    // The node cannot be asked before the bastion is trusted.
    let refused = try await trust()
    #expect(refused.status == 2 && refused.output.contains(bastion))
    #expect(!refused.output.contains(node))
    #expect(!FileManager.default.fileExists(atPath: known))
    let trusted = try await trust("--yes")
    #expect(trusted.status == 0, "\(trusted.errors)\(trusted.output)")
    let lines = try String(contentsOfFile: known, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2)
  }

  @Test func aMissingConfigurationIsTold() async throws {
    let files = try await write("", to: "missing")
    let outcome = try await gantry("check", files.inventory, "/no/such/file")
    #expect(outcome.status == 2 && outcome.errors.contains("/no/such/file: no such file"))
  }

  @Test func checkingSwitchedOffIsSaidInEachRun() async throws {
    let lab = try Lab.current
    let files = try await write(
      "Host web*\n HostName @n1@\n User root\n IdentityFile @KEY@\n StrictHostKeyChecking no\n", to: "off")
    let known = lab.work + "/off.known"
    for _ in 0..<2 {
      let outcome = try await Lab.execute(
        Lab.gantry,
        [
          "exec", "-i", files.inventory, "--ssh-config", files.config, "--known-hosts", known, "--state-dir",
          lab.state, "--", "true",
        ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("web[1-2]: a host key that is not known is accepted unseen"))
      #expect(outcome.errors.contains("\(files.config):5"))
    }
  }
}
