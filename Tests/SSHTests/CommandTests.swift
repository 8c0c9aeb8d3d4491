import Fleet
import Foundation
import SSH
import Testing

extension LiveTests {
  @Suite struct CommandTests {
    @Test func statusAndOutputs() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let output = try await remote.run(
        .sh("echo out; echo err >&2; printf half >&2; exit 7"), input: nil, limits: .usual)
      #expect(output.status == 7)
      #expect(output.signal == nil)
      #expect(!output.succeeded)
      #expect(output.text == "out\n")
      #expect(output.errorText == "err\nhalf")
      #expect(!output.truncated)
      #expect(output.bytesSent == 0)
      for status in [0, 1, 77, 255] {
        let output = try await remote.run(.sh("exit \(status)"), input: nil, limits: .usual)
        #expect(output.status == Int32(status))
        #expect(output.standardOutput.isEmpty)
        #expect(output.standardError.isEmpty)
      }
      await remote.close()
    }

    @Test func argumentsArriveAsTheyAre() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let words = ["a b", "'", "\"$HOME\"", "\\", "!x", "ü—漢", "", "*"]
      let output = try await remote.run(
        RemoteCommand(["printf", "[%s]"] + words, changes: false), input: nil, limits: .usual)
      #expect(output.text == words.map { "[\($0)]" }.joined())
      await remote.close()
    }

    @Test func signals() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      // The command's own shell dies; the wrapper reports it the shells' way.
      #expect(try await remote.run(.sh("kill -9 $$"), input: nil, limits: .usual).status == 137)
      // The wrapper dies: sshd says so, and nothing else does.
      let output = try await remote.run(.sh("kill -TERM $PPID; sleep 0.2"), input: nil, limits: .usual)
      #expect(output.signal == "TERM")
      #expect(!output.succeeded)
      await remote.close()
    }

    @Test func inputArrivesAndEnds() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let output = try await remote.run(
        .readingScript(arguments: ["x y"], changes: false), input: MemoryStream("echo \"<$1>\"\necho done\n"),
        limits: .usual)
      #expect(output.text == "<x y>\ndone\n")
      #expect(output.bytesSent == 22)
      // Without input there is an end of input, not a wait for it.
      #expect(try await remote.run(.sh("cat; echo end"), input: nil, limits: .usual).text == "end\n")
      #expect(
        try await remote.run(.sh("cat; echo end"), input: MemoryStream(""), limits: .usual).text == "end\n")
      await remote.close()
    }

    @Test func twoCommandsRunAtOnceAndNoMore() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let file = "\(server.folder)/turns"
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<8 {
          group.addTask {
            let text = "echo in >>\(file); sleep 0.1; echo out >>\(file); exit \(number)"
            let status = try await remote.run(.sh(text), input: nil, limits: .usual).status
            #expect(status == Int32(number))
          }
        }
        try await group.waitForAll()
      }
      var (running, most) = (0, 0)
      for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
        running += line == "in" ? 1 : -1
        most = max(most, running)
      }
      #expect(running == 0 && most == 2)
      await remote.close()
    }

    @Test func twoStreamsAndTheirOutputsStayApart() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let size = 24 << 20
      try await withThrowingTaskGroup(of: Void.self) { group in
        for seed in [0, 1] {
          group.addTask {
            for _ in 0..<3 {
              let output = try await remote.run(
                .sh("tee /dev/stderr | wc -c; sleep 0.\(seed)"), input: PatternStream(size),
                limits: CommandLimits(deadline: .seconds(60), outputBytes: 1000))
              #expect(output.text == "\(size)\n" && output.standardError.count == 1000)
            }
          }
        }
        try await group.waitForAll()
      }
      await remote.close()
    }

    @Test func whatEndsOneCommandLeavesTheOther() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let other = Task {
        try await remote.run(
          .sh("wc -c; sleep 2"), input: PatternStream(64 << 20), limits: .usual
        ).text
      }
      let task = Task { try await remote.run(.sh("sleep 60"), input: nil, limits: .usual) }
      try await Task.sleep(for: .milliseconds(300))
      task.cancel()
      #expect(try await LiveTests.failure { _ = try await task.value }.code == .cancelled)
      let late = CommandLimits(deadline: .milliseconds(300))
      #expect(
        try await LiveTests.failure { _ = try await remote.run(.sh("sleep 60"), input: nil, limits: late) }
          .code == .commandTimeout)
      #expect(try await other.value == "\(64 << 20)\n")
      await remote.close()
    }

    @Test func aServerOfOneSessionRefusesTheSecondCommandOnly() async throws {
      let server = try TestServer("MaxSessions 1")
      let remote = try await LiveTests.remote(server)
      let first = Task { try await remote.run(.sh("sleep 1; echo first"), input: nil, limits: .usual).text }
      try await Task.sleep(for: .milliseconds(300))
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("echo second"), input: nil, limits: .usual)
      }
      #expect(failure.code == .channelRefused)
      #expect(try await first.value == "first\n")
      #expect(try await remote.run(.sh("echo third"), input: nil, limits: .usual).text == "third\n")
      await remote.close()
    }

    @Test func aFloodOfOutputIsCut() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let limits = CommandLimits(deadline: .seconds(60), outputBytes: 1000)
      let output = try await remote.run(
        .sh("head -c 20000000 /dev/zero; head -c 200000 /dev/zero >&2; exit 3"), input: nil, limits: limits)
      #expect(output.status == 3)
      #expect(output.truncated)
      #expect(output.standardOutput.count == 1000)
      #expect(output.standardError.count == 1000)
      await remote.close()
    }

    @Test func anEarlyExitWhileUploadingIsItsStatus() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      for text in ["head -c 10; echo enough >&2; exit 3", "echo enough >&2; exit 3"] {
        let output = try await remote.run(
          .sh(text), input: PatternStream(200 << 20),
          limits: CommandLimits(deadline: .seconds(30), stall: .seconds(10)))
        #expect(output.status == 3)
        #expect(output.errorText == "enough\n")
        #expect(output.bytesSent < 200 << 20)
      }
      // The connection is as good as before.
      #expect(try await remote.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      await remote.close()
    }

    /// A command that closes its outputs goes on reading.
    @Test func closedOutputsDoNotEndTheInput() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let file = "\(server.folder)/input"
      let output = try await remote.run(
        .sh("exec >/dev/null; exec cat >\(file)"), input: PatternStream(5 << 20), limits: .usual)
      #expect(output.status == 0)
      #expect(try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int == 5 << 20)
      await remote.close()
    }

    @Test func aShellThatRefusesIsNoResult() async throws {
      let server = try TestServer("ForceCommand echo go away; exit 5")
      let remote = try await LiveTests.remote(server)
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("echo ok"), input: nil, limits: .usual)
      }
      #expect(failure.code == .remoteExit)
      #expect(failure.message.contains("exit 5: go away"))
      await remote.close()
    }

    @Test func aCommandThatIsSwallowedIsNoSuccess() async throws {
      let server = try TestServer("ForceCommand true")
      let remote = try await LiveTests.remote(server)
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("echo ok"), input: nil, limits: .usual)
      }
      #expect(failure.code == .remoteExit)
      await remote.close()
    }

    @Test func aFailingInputEndsTheCommand() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("cat >/dev/null"), input: BrokenStream(after: 3 << 20), limits: .usual)
      }
      #expect(failure.code == .corruptBundle)
      #expect(try await remote.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      await remote.close()
    }
  }
}
