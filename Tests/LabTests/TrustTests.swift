import Foundation
import Testing

/// `gantry trust`: new, known and changed keys, and what is written.
@Suite(.lab("n1=none", "n2=none", "n3=none"), .serialized)
struct TrustTests {
  struct Document: Decodable {
    struct Host: Decodable {
      struct Known: Decodable { let fingerprint: String?, location: String }
      struct Failure: Decodable { let code: String }
      let nodes: [String]
      let status: String
      let fingerprint: String?
      let known: Known?
      let written: Bool
      let error: Failure?
    }
    let hosts: [Host]
    let written: Int

    subscript(name: String) -> Host? { hosts.first { $0.nodes == [name] } }
  }

  private func trust(_ known: String, _ more: String...) async throws -> Lab.Outcome {
    let lab = try Lab.current
    return try await Lab.execute(
      Lab.gantry, ["trust", "-i", lab.inventory, "--known-hosts", known, "--state-dir", lab.state] + more)
  }

  private func document(_ outcome: Lab.Outcome) throws -> Document {
    try JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8))
  }

  @Test func newKeysAreShownAndWrittenAfterAYes() async throws {
    let lab = try Lab.current
    let known = lab.work + "/trust-new"
    // Nobody is there to ask.
    let refused = try await trust(known)
    #expect(refused.status == 2 && refused.errors.contains("3 host keys would be written"))
    #expect(!FileManager.default.fileExists(atPath: known))
    #expect(refused.output.contains("new") && refused.output.contains("SHA256:"))
    let check = try await Lab.execute(
      Lab.gantry,
      ["exec", "-i", lab.inventory, "--known-hosts", known, "--state-dir", lab.state, "--", "true"])
    #expect(check.status == 1 && check.errors.contains("gantry trust"), "\(check.errors)")

    let written = try await trust(known, "--yes", "-o", "json")
    #expect(written.status == 0, "\(written.errors)")
    let document = try document(written)
    #expect(document.written == 3 && document.hosts.allSatisfy { $0.status == "new" && $0.written })
    let mode = try FileManager.default.attributesOfItem(atPath: known)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    // The keys are those that the lab itself made.
    let lines = try String(contentsOfFile: known, encoding: .utf8).split(separator: "\n").map(String.init)
    let theirs = try String(contentsOfFile: lab.directory + "/known_hosts", encoding: .utf8)
    for line in lines { #expect(theirs.contains(line.split(separator: " ")[2]), "\(line)") }
    #expect(lines.count == 3)

    let again = try await trust(known)
    #expect(again.status == 0 && again.output == "n[1-3]  known\n", "\(again.output)\(again.errors)")
    let exec = try await Lab.execute(
      Lab.gantry,
      ["exec", "-i", lab.inventory, "--known-hosts", known, "--state-dir", lab.state, "--", "true"])
    #expect(exec.status == 0, "\(exec.errors)")
  }

  @Test func aChangedKeyNeedsReplaceAndADeadNodeIsTold() async throws {
    let lab = try Lab.current
    let known = lab.work + "/trust-changed"
    #expect(try await trust(known, "--yes", "-l", "n1,n2").status == 0)
    // n1 gets the line of n2.
    var lines = try String(contentsOfFile: known, encoding: .utf8).split(separator: "\n").map(String.init)
    let second = lines[1].split(separator: " ")
    lines[0] = "\(lines[0].split(separator: " ")[0]) \(second[1]) \(second[2])"
    let forged = lines.joined(separator: "\n") + "\n"
    try forged.write(toFile: known, atomically: true, encoding: .utf8)
    try await lab.lab("stop", "n3", "sshd")
    defer { Task { try await lab.lab("start", "n3", "sshd") } }

    let outcome = try await trust(known, "--yes", "-o", "json")
    #expect(outcome.status == 1)
    let first = try document(outcome)
    #expect(
      first["n1"]?.status == "changed" && first["n1"]?.known?.location == "\(known):1",
      "\(outcome.output)\(forged)")
    #expect(first["n1"]?.known?.fingerprint?.hasPrefix("ED25519 SHA256:") == true)
    #expect(first["n2"]?.status == "known" && first["n3"]?.status == "unreachable")
    #expect(first["n3"]?.error?.code == "connect-refused" && first.written == 0)
    #expect(try String(contentsOfFile: known, encoding: .utf8) == forged)
    #expect(outcome.errors.contains("--replace"))

    let replaced = try await trust(known, "--yes", "--replace", "-l", "n1,n2", "-o", "json")
    #expect(replaced.status == 0, "\(replaced.errors)")
    #expect(try document(replaced).written == 1)
    #expect(try await trust(known, "-l", "n1,n2").output == "n[1-2]  known\n")
  }

  @Test func namesAreHashedWhenTheConfigurationSaysSo() async throws {
    let lab = try Lab.current
    let config = lab.work + "/hash.config"
    try "HashKnownHosts yes\n".write(toFile: config, atomically: true, encoding: .utf8)
    let known = lab.work + "/trust-hashed"
    #expect(try await trust(known, "--yes", "--ssh-config", config, "-l", "n1").status == 0)
    let text = try String(contentsOfFile: known, encoding: .utf8)
    #expect(text.hasPrefix("|1|") && !text.contains("10."))
    #expect(try await trust(known, "-l", "n1").output == "n1  known\n")
  }
}
