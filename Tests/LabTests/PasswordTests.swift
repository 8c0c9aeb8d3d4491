import Foundation
import Testing

/// Passwords from everywhere but the inventory; and that they stay nowhere.
@Suite(.lab("n1=containerd", "n2=none", "n3=none"), .serialized)
struct PasswordTests {
  @Test func fromTheEnvironmentAndACommand() async throws {
    let lab = try Lab.current
    let secret = try Self.secret(lab)
    let inventory = try await Self.inventory(lab)
    let file = lab.work + "/secret"
    try (secret + "\nanother line\n").write(toFile: file, atomically: true, encoding: .utf8)
    for (options, environment) in [
      ([], ["GANTRY_SSH_PASSWORD": secret]), (["--password-command", "cat \(file)"], [:]),
    ] as [([String], [String: String])] {
      let outcome = try await lab.gantry(
        "exec", "--", "id -un; env", inventory: inventory, options: options, environment: environment)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("pat\n"))
      #expect(!(outcome.output + outcome.errors).contains(secret))
    }
    let failed = try await lab.gantry(
      "exec", "--", "true", inventory: inventory,
      options: ["--password-command", "echo \(secret); exit 3"])
    #expect(failed.status == 2)
    #expect(!failed.errors.contains(secret))
    try Self.expectNoTrace(of: secret, lab)
  }

  @Test func becomingRootWithAPasswordFromTheEnvironmentAndOnATerminal() async throws {
    let lab = try Lab.current
    let secret = try Self.secret(lab)
    let inventory = try await Self.inventory(lab, key: true)
    // The oldest trouble of them all: sudo that wants a terminal.
    for sudoers in ["", "Defaults requiretty"] {
      _ = try await lab.inside("n1", "sh", "-c", "echo '\(sudoers)' >>/etc/sudoers")
      let bundle = try await lab.bundle(sudoers.isEmpty ? "0.28.0" : "0.29.0")
      let load = try await lab.gantry(
        "load", bundle, inventory: inventory, options: ["-l", "n1", "-o", "json"],
        environment: ["GANTRY_BECOME_PASSWORD": secret])
      #expect(load.status == 0, "\(load.errors)")
      #expect(try load.document().summary.changed == 1)
      #expect(!(load.output + load.errors).contains(secret))
    }
    try Self.expectNoTrace(of: secret, lab)
  }

  @Test func aPersonIsAskedAtTheTerminal() async throws {
    let lab = try Lab.current
    let secret = try Self.secret(lab)
    let inventory = try await Self.inventory(lab)
    let words = [
      Lab.gantry, "exec", "-i", inventory, "--known-hosts", lab.directory + "/known_hosts", "--state-dir",
      lab.state, "--ask-pass", "--ask-become-pass", "--become", "--", "id", "-u",
    ]
    // script(1) gives it a terminal; what is typed before a question is thrown away, as by a person too early.
    let outcome = try await Lab.execute(
      "/bin/sh",
      [
        "-c",
        "(sleep 3; cat \(lab.directory)/password; sleep 2; echo; sleep 5) | script -qec \"$1\" /dev/null",
        "x",
        words.joined(separator: " "),
      ])
    #expect(outcome.output.contains("login password"), "\(outcome.output)")
    #expect(outcome.output.contains("become password"))
    #expect(outcome.output.contains("n[1-3] (3)"), "\(outcome.output)")
    #expect(!outcome.output.contains(secret))
    // Without a terminal that is a mistake before anything is touched.
    let nobody = try await Lab.execute("/usr/bin/setsid", ["-w"] + words)
    #expect(nobody.status == 2)
    #expect(nobody.errors.contains("there is no terminal"))
    try Self.expectNoTrace(of: secret, lab)
  }

  @Test func aWrongBecomePasswordIsTriedOnOneNode() async throws {
    let lab = try Lab.current
    let inventory = try await Self.inventory(lab, key: true)
    let outcome = try await lab.gantry(
      "exec", "--become", "-o", "json", "--", "id -u", inventory: inventory,
      environment: ["GANTRY_BECOME_PASSWORD": "Xn0tTh1s0ne"])
    #expect(outcome.status == 1)
    let errors = try outcome.document().nodes.compactMap(\.error)
    #expect(errors.map(\.code) == ["sudo-password-wrong", "sudo-password-wrong", "sudo-password-wrong"])
    #expect(errors.count { $0.message.hasPrefix("not tried") } == 2)
    #expect(!(outcome.output + outcome.errors).contains("Xn0tTh1s0ne"))
  }

  private static func secret(_ lab: Lab) throws -> String {
    try String(contentsOfFile: lab.directory + "/password", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func inventory(_ lab: Lab, key: Bool = false) async throws -> String {
    let addresses = try await CheckTests.addresses(lab)
    var text = addresses.sorted { $0.key < $1.key }.map { "\($0) ansible_host=\($1)\n" }.joined()
    text += "[all:vars]\nansible_user=pat\n"
    text += key ? "ansible_become=true\n" : ""
    text += "ansible_ssh_private_key_file=\(key ? lab.directory + "/id_ed25519" : lab.work + "/no-key")\n"
    if !key { text += "ansible_become=true\n" }
    let file = lab.work + "/pat-\(key).ini"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// Neither the run records nor the nodes' logs have the secret.
  private static func expectNoTrace(of secret: String, _ lab: Lab) throws {
    let files = try #require(FileManager.default.enumerator(atPath: lab.state))
    var count = 0
    for case let name as String in files {
      guard let data = FileManager.default.contents(atPath: "\(lab.state)/\(name)") else { continue }
      count += 1
      #expect(data.range(of: Data(secret.utf8)) == nil, "\(name)")
    }
    #expect(count > 0)
  }
}
