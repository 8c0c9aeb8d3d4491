import Foundation
import Synchronization
import Testing

@testable import Fleet
@testable import Inventory
@testable import Playbooks

/// A playbook's exec and copy against a real shell: this machine's own.
@Suite struct NodeWorkTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "work-\(UUID().uuidString)")
    .path

  private func run(_ job: any NodeJob) async -> NodeResult {
    let connector = ScriptedConnector { _ throws(Failure) in LocalRemote(privilege: .none) }
    let runner = FleetRunner(connector: connector, forks: 1, retry: RetryPolicy(retries: 0))
    return await runner.run(job, on: [Node.testing("n1")], events: EventLog())[0]
  }

  private func exec(_ yaml: String, secrets: [Secret] = [], environment: [String: String] = [:]) async throws
    -> NodeResult
  {
    let source = PlaybookSource(
      path: "p.yaml", text: "variables: {pw: {secret: true}}\nsteps:\n  - exec: \(yaml)\n", folder: "/")
    var sources = VariableValues.Sources(folder: "/")
    sources.environment = environment
    let playbook = try source.bind(try VariableValues(of: try source.lint().variables, from: sources))
    guard case .exec(let work) = playbook.steps[0].action else { preconditionFailure("no exec") }
    return await run(CommandJob(work, timeout: .seconds(20), dryRun: false, secrets: secrets))
  }

  @Test func wordsReachTheProgramAsTheyAre() async throws {
    let result = try await exec(#"{command: [printf, "%s|", "a b", "'", "$HOME", "*", "!x"]}"#)
    #expect(result.status == .changed && result.command?.stdout == "a b|'|$HOME|*|!x|")
  }

  @Test func aTextHasItsArgumentsAndSeveralLines() async throws {
    let one = try await exec(#"{shell: "echo $# \"$2\"", arguments: [a, "b  c"], changes: false}"#)
    #expect(one.status == .ok && one.command?.stdout == "2 b  c\n")
    // A command in the text that reads its input does not eat the rest of the text.
    let many = try await exec(
      "{shell: \"cat\\nx=$1\\nfor i in 1 2; do\\n  echo $x$i\\ndone\\n\", arguments: [v]}")
    #expect(many.command?.stdout == "v1\nv2\n", "\(many)")
    let failed = try await exec("{shell: \"echo why >&2\\nexit 7\\n\"}")
    #expect(failed.status == .failed && failed.error?.code == .remoteExit)
    #expect(failed.error?.message == "the command ended with exit 7: why")
  }

  @Test func whatIsThereAlreadyIsNotMadeAgain() async throws {
    let made = folder + "/made"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let yaml = "{shell: \"echo x >> \\\"$1\\\"\", arguments: [\(made)], creates: \(made)}"
    #expect(try await exec(yaml).status == .changed)
    #expect(try await exec(yaml).status == .ok)
    #expect(try String(contentsOfFile: made, encoding: .utf8) == "x\n")
  }

  @Test func aSecretIsFedAndNeverShown() async throws {
    let result = try await exec(
      "{shell: \"read p; echo got $p; echo $p >&2; exit 3\", stdin: \"${{ pw }}\"}",
      secrets: [Secret("hunter2")],
      environment: ["GANTRY_VAR_PW": "hunter2"])
    #expect(result.command?.stdout == "got ***\n" && result.command?.stderr == "***\n")
    #expect(!"\(result)".contains("hunter2"))
  }

  // MARK: Copy

  private func copy(
    _ content: String, _ to: String, mode: String = "0600", owner: String? = nil, dry: Bool = false
  )
    async throws -> NodeResult
  {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let from = folder + "/from"
    try content.write(toFile: from, atomically: true, encoding: .utf8)
    let work = CopyWork(from: from, to: to, mode: mode, owner: owner, asRoot: false)
    return await run(CopyJob(work, file: try LocalFile(from), dryRun: dry, stall: .seconds(20)))
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func aFileComesOnceWithItsMode() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let to = folder + "/to it's"
    let dry = try await copy("one\n", to, dry: true)
    #expect(dry.status == .changed && !FileManager.default.fileExists(atPath: to))
    let first = try await copy("one\n", to)
    #expect(first.status == .changed && first.bytesSent == 4, "\(first)")
    #expect(try String(contentsOfFile: to, encoding: .utf8) == "one\n" && mode(to) == 0o600)
    let second = try await copy("one\n", to)
    #expect(second.status == .ok && second.bytesSent == 0)
    // Only the mode differs: nothing is sent.
    let third = try await copy("one\n", to, mode: "0644")
    #expect(third.status == .changed && third.bytesSent == 0)
    #expect(try mode(to) == 0o644)
    let fourth = try await copy("two!\n", to, mode: "0640", owner: NSUserName())
    #expect(fourth.status == .changed && fourth.bytesSent == 5)
    #expect(try String(contentsOfFile: to, encoding: .utf8) == "two!\n" && mode(to) == 0o640)
    // Nothing of the way there is left.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["from", "to it's"])
  }

  @Test func aLinkStaysALink() async throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "old".write(toFile: folder + "/real", atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link", withDestinationPath: folder + "/real")
    #expect(try await copy("new", folder + "/link").status == .changed)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == folder + "/real")
    #expect(try String(contentsOfFile: folder + "/real", encoding: .utf8) == "new")
  }

  @Test func whereItCannotGoNothingIsTouched() async throws {
    try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let missing = try await copy("x", folder + "/no/file")
    #expect(missing.status == .failed && missing.error?.message.contains("no folder") == true)
    let inPlaceOfFolder = try await copy("x", folder + "/sub")
    #expect(inPlaceOfFolder.error?.message.contains("is a folder") == true)
    let noUser = try await copy("x", folder + "/owned", owner: "nobody-of-this-name")
    #expect(noUser.status == .failed)
    #expect(!FileManager.default.fileExists(atPath: folder + "/owned"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["from", "sub"])
    #expect(throws: Failure.self) { try LocalFile(folder) }
    #expect(throws: Failure.self) { try LocalFile(folder + "/nothing") }
  }
}
