import Foundation
import Testing

/// `gantry doctor` on a machine in order and on one with a trouble of each kind. It needs root for a home of its own.
@Suite(.serialized) struct DoctorTests {
  struct Report: Decodable {
    struct Check: Decodable { let name: String, status: String, message: String, hint: String? }
    let healthy: Bool
    let checks: [Check]

    func statuses(_ name: String) -> [String] { checks.filter { $0.name == name }.map(\.status) }
  }

  /// Runs the doctor with a home folder in which `prepare` has been run by sh, in a mount namespace.
  private func doctor(_ prepare: String, _ options: String...) async throws -> (status: Int32, report: Report)
  {
    let home = FileManager.default.temporaryDirectory.appending(path: "gantry-doctor-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: home) }
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    let script = """
      set -e
      umask 077
      mkdir -p \(home)/.ssh
      cd \(home)
      \(prepare)
      mount --bind \(home) /root
      cd /root
      HOME=/root exec "$@"
      """
    let outcome = try await Lab.execute(
      "/usr/bin/unshare",
      [
        "--mount", "--propagation", "private", "/bin/sh", "-c", script, "x", "/usr/bin/env", "-u",
        "SSH_AUTH_SOCK", "-u", "XDG_STATE_HOME", Lab.gantry, "doctor", "-o", "json",
      ] + options)
    #expect(outcome.status == 0 || outcome.status == 1, "\(outcome.errors)")
    return (outcome.status, try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)))
  }

  private static let key = "ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519"
  private static let known =
    "ssh-keygen -q -t ed25519 -N '' -f .ssh/h && "
    + "echo \"node1 $(cut -d' ' -f1,2 .ssh/h.pub)\" > .ssh/known_hosts"

  @Test func aMachineInOrder() async throws {
    let (status, report) = try await doctor("\(Self.key)\n\(Self.known)\necho 'Host a' > .ssh/config")
    #expect(status == 0 && report.healthy, "\(report.checks)")
    for name in [
      "libssh2", "open files", "threads", "state folder", "disk", "clock", "ssh configuration", "known_hosts",
      "key", "agent",
    ] {
      #expect(report.statuses(name).first == "ok" || name == "disk", "\(name): \(report.checks)")
    }
  }

  @Test(arguments: [
    ("echo 'NoSuchThing yes' > .ssh/config", "ssh configuration", "bad"),
    ("touch .ssh/config && chmod 666 .ssh/config", "ssh configuration", "bad"),
    ("chmod 777 .ssh", "ssh folder", "bad"),
    ("\(known) && chmod 666 .ssh/known_hosts", "known_hosts", "bad"),
    ("echo 'what is this' > .ssh/known_hosts", "known_hosts", "warning"),
    ("true", "known_hosts", "warning"),
    ("\(key) && chmod 644 .ssh/id_ed25519", "key", "bad"),
    ("echo no key > .ssh/id_rsa", "key", "bad"),
    ("echo 'IdentityFile ~/.ssh/gone' > .ssh/config", "key", "warning"),
    ("echo 'IdentityAgent ~/.ssh/no-agent' > .ssh/config", "agent", "bad"),
    ("mkdir -p .local/state/gantry && chmod 755 .local/state/gantry", "state folder", "warning"),
  ])
  func aTroubleIsFound(_ prepare: String, _ name: String, _ status: String) async throws {
    let (exit, report) = try await doctor(prepare)
    #expect(report.statuses(name).contains(status), "\(report.checks)")
    let found = report.checks.filter { $0.name == name && $0.status == status }
    #expect(found.allSatisfy { $0.hint?.isEmpty == false })
    #expect(exit == (status == "bad" ? 1 : 0), "\(report.checks.filter { $0.status == "bad" })")
    #expect(report.healthy == (exit == 0))
  }

  @Test func tooFewDescriptorsForTheForks() async throws {
    let (exit, report) = try await doctor("ulimit -n 200", "--forks", "500")
    #expect(report.statuses("open files") == ["bad"] && exit == 1)
  }

  @Test func theVersionTellsWhatTheLibraryLacks() async throws {
    let outcome = try await Lab.execute(Lab.gantry, ["--version"])
    #expect(outcome.status == 0 && outcome.output.contains("libssh2 1."))
    if outcome.output.contains("libssh2 1.10") { #expect(outcome.output.contains("without RSA host keys")) }
  }
}
