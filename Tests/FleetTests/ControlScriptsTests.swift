import Foundation
import Images
import Testing

@testable import Fleet

/// The control node's scripts in a real sh: what they leave behind, and what they end.
@Suite struct ControlScriptsTests {
  private let remote = LocalRemote(privilege: .none)
  private let limits = CommandLimits(deadline: .seconds(60))

  private func run(_ command: RemoteCommand, _ files: [FileTar.File]) async throws -> CommandOutput {
    try await remote.run(command, input: MemoryStream(FileTar.bytes(files)), limits: limits)
  }

  @Test func theWorkspaceIsPrivateAndGoneAfterwards() async throws {
    let long = "chart/" + String(repeating: "folder/", count: 20) + "values.yaml"
    let output = try await run(
      ControlScripts.inWorkspace(
        ["sh", "-c", "pwd; stat -c %a . \"$1\"; cat \"$1\"; shift; echo \"$@\"", "x", long], asRoot: false),
      [FileTar.File(long, Array("secret: 1\n".utf8)), FileTar.File("apis", Array("v1\napps/v1\n".utf8))])
    let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
    try #require(
      output.succeeded && lines.count == 5, "\(String(decoding: output.standardError, as: UTF8.self))")
    #expect(Array(lines[1...]) == ["700", "600", "secret: 1", "-a v1 -a apps/v1"])
    #expect(!FileManager.default.fileExists(atPath: lines[0]))
  }

  @Test func theStatusIsTheCommands() async throws {
    let output = try await run(ControlScripts.inWorkspace(["sh", "-c", "exit 7"], asRoot: false), [])
    #expect(output.status == 7)
    let ending = try await run(
      ControlScripts.ending(
        ["sh", "-c", "cat a; exit 9"], name: "t\(UInt32.random(in: 0...9_999_999))", asRoot: false),
      [FileTar.File("a", Array("x".utf8))])
    #expect(ending.status == 9)
    #expect(ending.standardOutput == Array("x".utf8))
  }

  @Test func whatHangsIsEndedWithItsChildren() async throws {
    let name = "t\(UInt64.random(in: .min ... .max))"
    let folder = (ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp") + "/gantry-" + name
    // It takes no notice of being asked, and has a child.
    let words = ["sh", "-c", "trap '' TERM; sleep 301 & echo $! >child; while :; do sleep 302; done"]
    let running = Task { [remote, limits] in
      try await remote.run(
        ControlScripts.ending(words, name: name, asRoot: false), input: MemoryStream(FileTar.bytes([])),
        limits: limits)
    }
    var children: [pid_t] = []
    for _ in 0..<200 where children.count < 2 {
      try await Task.sleep(for: .milliseconds(50))
      children = ["pid", "child"].compactMap { file in
        (try? String(contentsOfFile: folder + "/" + file, encoding: .utf8)).flatMap {
          pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
      }
    }
    try #require(children.count == 2)
    let end = try await LocalRemote(privilege: .none).run(
      ControlScripts.end(name: name, seconds: 1, asRoot: false), input: nil, limits: limits)
    #expect(end.succeeded)
    let output = try await running.value
    #expect(!output.succeeded)
    #expect(!FileManager.default.fileExists(atPath: folder))
    try await Task.sleep(for: .milliseconds(200))
    // A zombie that nobody has waited for yet is ended too.
    for child in children {
      let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
      #expect(state == nil || state?.contains(") Z ") == true, "\(state ?? "")")
    }
    // Asked again, there is nothing to end.
    let again = try await LocalRemote(privilege: .none).run(
      ControlScripts.end(name: name, seconds: 1, asRoot: false), input: nil, limits: limits)
    #expect(again.succeeded)
  }
}
