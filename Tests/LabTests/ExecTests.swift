import Foundation
import Testing

/// `exec`: folded output, exact arguments, privileges.
@Suite(.lab("n1=none", "n2=none", "n3=none"), .serialized)
struct ExecTests {
  @Test func equalOutputIsShownOnce() async throws {
    let lab = try Lab.current
    let outcome = try await lab.gantry("exec", "--", "echo", "same")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "n[1-3] (3)\nsame\n")
  }

  @Test func argumentsReachTheProgramAsTheyAre() async throws {
    let lab = try Lab.current
    let hostile = "a b;$(touch /tmp/x)'\"`id`"
    let outcome = try await lab.gantry("exec", "-l", "n1", "--", "printf", "%s", hostile)
    #expect(outcome.output == "n1 (1)\n\(hostile)\n")
    #expect(try await lab.inside("n1", "test", "-e", "/tmp/x").status != 0)
  }

  @Test func oneWordIsAShellLine() async throws {
    let lab = try Lab.current
    let outcome = try await lab.gantry("exec", "-l", "n1", "--", "echo one | tr o 0; exit 3")
    #expect(outcome.status == 1)
    #expect(outcome.output == "n1 (1) exit 3\n0ne\n")
  }

  @Test func escapeSequencesDoNotReachTheTerminal() async throws {
    let lab = try Lab.current
    let outcome = try await lab.gantry("exec", "-l", "n1", "--", "printf '\\033[31mred\\007'")
    #expect(!outcome.output.contains("\u{1b}"))
    #expect(outcome.output.contains("\\u{1b}[31mred"))
  }

  @Test func sudoWithAndWithoutPassword() async throws {
    let lab = try Lab.current
    let secret = try String(contentsOfFile: lab.directory + "/password", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    for (user, password, code) in [
      ("ops", nil, nil), ("pat", secret, nil), ("pat", "Xn0tTh1s0ne", "sudo-password-wrong"),
      ("pat", nil, "sudo-password-needed"), ("guest", secret, "sudo-"),
    ] as [(String, String?, String?)] {
      let inventory = try await Self.inventory(lab, user: user, becomePassword: password)
      let outcome = try await lab.gantry(
        "exec", "-l", "n1", "--become", "-o", "json", "--", "id -u", inventory: inventory)
      if let code {
        #expect(outcome.status == 1, "\(user)")
        #expect(
          try outcome.document()["n1"]?.error?.code.hasPrefix(code) == true, "\(user): \(outcome.output)")
      } else {
        #expect(outcome.status == 0, "\(user): \(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("\"stdout\" : \"0\\n\""), "\(user): \(outcome.output)")
      }
      if let password { #expect(!(outcome.output + outcome.errors).contains(password)) }
    }
  }

  static func inventory(_ lab: Lab, user: String, becomePassword: String?) async throws -> String {
    let addresses = try await CheckTests.addresses(lab)
    var text =
      "[all]\nn1 ansible_host=\(addresses["n1"] ?? "")\n[all:vars]\nansible_user=\(user)\nansible_become=true\n"
    text += "ansible_ssh_private_key_file=\(lab.directory)/id_ed25519\n"
    if let becomePassword { text += "ansible_become_password='\(becomePassword)'\n" }
    let file = lab.work + "/\(user).ini"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}
