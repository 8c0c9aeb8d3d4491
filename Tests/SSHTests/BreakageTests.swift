import Fleet
import Foundation
import Glibc
import SSH
import Testing

extension LiveTests {
  @Suite struct BreakageTests {
    @Test func deadlines() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let start = ContinuousClock.now
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("sleep 60"), input: nil, limits: CommandLimits(deadline: .seconds(1)))
      }
      #expect(failure.code == .commandTimeout)
      #expect(start.duration(to: .now) < .seconds(8))
      #expect(try await remote.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      await remote.close()
    }

    @Test func stalls() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let limits = CommandLimits(deadline: .seconds(60), stall: .seconds(1))
      // One that is silent, and one that does not read its input.
      for input in [nil, PatternStream(100 << 20)] {
        let start = ContinuousClock.now
        let failure = try await LiveTests.failure {
          _ = try await remote.run(.sh("sleep 60"), input: input, limits: limits)
        }
        #expect(failure.code == .stalled)
        #expect(start.duration(to: .now) < .seconds(12))
      }
      // Slow is not stalled.
      let again = try await LiveTests.remote(server)
      let slow = try await again.run(
        .sh("for i in 1 2 3 4 5; do sleep 0.4; echo $i; done"), input: nil, limits: limits)
      #expect(slow.text == "1\n2\n3\n4\n5\n")
      await again.close()
      await remote.close()
    }

    @Test func theTimeAfterTheInputHasALimitOfItsOwn() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let limits = CommandLimits(deadline: .seconds(60), stall: .seconds(1), afterInput: .seconds(3))
      // Silent for longer than a stall, after the input.
      let output = try await remote.run(
        .sh("cat >/dev/null; sleep 2; echo done"), input: PatternStream(3 << 20), limits: limits)
      #expect(output.text == "done\n")
      let endless = try await LiveTests.failure {
        _ = try await remote.run(
          .sh("cat >/dev/null; while sleep 0.2; do echo .; done"), input: PatternStream(3 << 20),
          limits: limits)
      }
      #expect(endless.code == .commandTimeout)
      // Before its end, a stall is one.
      let stuck = try await LiveTests.failure {
        _ = try await remote.run(.sh("sleep 60"), input: PatternStream(100 << 20), limits: limits)
      }
      #expect(stuck.code == .stalled)
      await remote.close()
    }

    @Test func keepalivesOfTheServerDoNotHideAStall() async throws {
      let server = try TestServer("ClientAliveInterval 1", "ClientAliveCountMax 100")
      let remote = try await LiveTests.remote(server)
      let failure = try await LiveTests.failure {
        _ = try await remote.run(
          .sh("sleep 60"), input: nil, limits: CommandLimits(deadline: .seconds(30), stall: .seconds(3)))
      }
      #expect(failure.code == .stalled)
      await remote.close()
    }

    @Test(arguments: [false, true]) func cancellation(_ uploading: Bool) async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let start = ContinuousClock.now
      let input = uploading ? PatternStream(4 << 30) : nil
      let task = Task {
        try await remote.run(.sh(uploading ? "cat >/dev/null" : "sleep 60"), input: input, limits: .usual)
      }
      // A third one waits at the gate, and leaves it when it is cancelled.
      let beside = Task { try await remote.run(.sh("sleep 60"), input: nil, limits: .usual) }
      try await Task.sleep(for: .milliseconds(300))
      let waiting = Task { try await remote.run(.sh("echo never"), input: nil, limits: .usual) }
      try await Task.sleep(for: .milliseconds(50))
      waiting.cancel()
      #expect(try await LiveTests.failure { _ = try await waiting.value }.code == .cancelled)
      beside.cancel()
      #expect(try await LiveTests.failure { _ = try await beside.value }.code == .cancelled)
      task.cancel()
      #expect(try await LiveTests.failure { _ = try await task.value }.code == .cancelled)
      #expect(start.duration(to: .now) < .seconds(8))
      #expect(try await remote.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      await remote.close()
    }

    @Test func closingEndsWhatRuns() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let task = Task { try await remote.run(.sh("sleep 60"), input: nil, limits: .usual) }
      try await Task.sleep(for: .milliseconds(300))
      await remote.close()
      #expect(try await LiveTests.failure { _ = try await task.value }.code == .cancelled)
      await remote.close()
      #expect(
        try await LiveTests.failure { _ = try await remote.run(.sh("true"), input: nil, limits: .usual) }.code
          == .cancelled)
    }

    @Test(arguments: ["sleep 60", "cat >/dev/null", "yes"]) func aConnectionThatDies(_ text: String)
      async throws
    {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let input = text.hasPrefix("cat") ? PatternStream(4 << 30) : nil
      // Ends this connection's sshd, the shell's parent, as a crash would: without a word.
      let command = RemoteCommand.sh("(sleep 0.5; kill -9 $(ps -o ppid= -p $PPID)) & \(text)")
      let failure = try await LiveTests.failure {
        _ = try await remote.run(command, input: input, limits: .usual)
      }
      #expect(failure.code == .connectionLost)
      let after = try await LiveTests.failure {
        _ = try await remote.run(.sh("echo ok"), input: nil, limits: .usual)
      }
      #expect(after.code == .connectionLost)
      await remote.close()
    }

    /// A server that is there and says nothing is not noticed by TCP.
    @Test func aFrozenServerIsNoticed() async throws {
      let server = try TestServer()
      var target = server.target([.keyFile(path: try server.makeKey("ed25519"), passphrase: nil)])
      target.keepAlive = KeepAlive(interval: .seconds(1), count: 2)
      let remote = try await LiveTests.client(server).connect(to: target)
      // As long as it answers, a silent command is nothing strange.
      #expect(try await remote.run(.sh("sleep 5; echo ok"), input: nil, limits: .usual).text == "ok\n")
      let start = ContinuousClock.now
      let failure = try await LiveTests.failure {
        _ = try await remote.run(
          .sh("(sleep 0.5; kill -STOP $(ps -o ppid= -p $PPID)) & sleep 60"), input: nil, limits: .usual)
      }
      #expect(failure.code == .connectionLost)
      #expect(failure.message.contains("has not answered for 3 s"))
      #expect(start.duration(to: .now) < .seconds(10))
      try Tool.run("/usr/bin/pkill", "-9", "-P", "\(server.pid)")
      await remote.close()
    }

    @Test func attemptsAreMadeAsOftenAsWanted() async throws {
      var target = SSHTarget(
        name: "x", host: "127.0.0.1", port: try TestServer.freePort(), user: "root", authentication: [])
      target.connectionAttempts = 3
      let client = SSHClient(loops: loops, options: SSHOptions(knownHostsFiles: []))
      let start = ContinuousClock.now
      let node = target
      let failure = try await LiveTests.failure { _ = try await client.connect(to: node) }
      #expect(failure.code == .connectRefused)
      #expect((.seconds(2)...Duration.seconds(4)).contains(start.duration(to: .now)))
    }

    @Test func refusedConnections() async throws {
      let port = try TestServer.freePort()
      let failure = try await connectFailure(port: port)
      #expect(failure.code == .connectRefused)
      #expect(failure.message == "connect to 127.0.0.1:\(port): connection refused")
    }

    /// A full backlog drops the first packets of further connections, as a firewall would.
    @Test func connectTimeouts() async throws {
      let listener = try Listener(backlog: 0)
      defer { listener.close() }
      let fillers = (0..<4).map { _ in Listener.startConnecting(port: listener.port) }
      defer { for filler in fillers { Glibc.close(filler) } }
      let start = ContinuousClock.now
      let failure = try await connectFailure(port: listener.port)
      #expect(failure.code == .connectTimeout)
      #expect((.seconds(1)...Duration.seconds(4)).contains(start.duration(to: .now)))
    }

    @Test func aListenerThatSaysNothing() async throws {
      let listener = try Listener(backlog: 8)
      defer { listener.close() }
      let start = ContinuousClock.now
      let failure = try await connectFailure(port: listener.port)
      #expect(failure.code == .loginTimeout)
      #expect((.seconds(1)...Duration.seconds(4)).contains(start.duration(to: .now)))
    }

    @Test func cancellingAConnect() async throws {
      let listener = try Listener(backlog: 8)
      defer { listener.close() }
      let task = Task { try await connectFailure(port: listener.port, login: .seconds(60)) }
      try await Task.sleep(for: .milliseconds(200))
      task.cancel()
      #expect(try await task.value.code == .cancelled)
    }

    @Test func droppedBeforeTheBanner() async throws {
      let listener = try Listener(backlog: 8)
      defer { listener.close() }
      listener.serveOne { _ in }
      // Nobody takes the next one: the wait for it is what ends.
      let failure = try await connectFailure(port: listener.port)
      #expect(failure.code == .loginTimeout)
    }

    @Test func somethingElseListens() async throws {
      for endless in [false, true] {
        let listener = try Listener(backlog: 8)
        defer { listener.close() }
        listener.serveOne { connection in
          let line = Array("HTTP/1.1 400 Bad Request \u{1b}[31m\r\n\r\n".utf8)
          repeat {
            if send(connection, line, line.count, Int32(MSG_NOSIGNAL)) <= 0 { break }
          } while endless
        }
        let failure = try await connectFailure(port: listener.port)
        #expect(failure.code == .handshakeFailed)
        #expect(failure.hint == "something other than sshd listens on this port")
        #expect(!failure.message.contains("\u{1b}"))
      }
    }

    @Test func aNameWithoutAddress() async throws {
      let client = SSHClient(loops: loops, options: SSHOptions(knownHostsFiles: []))
      let target = SSHTarget(name: "x", host: "no-such-host.invalid", user: "root", authentication: [])
      let failure = try await LiveTests.failure { _ = try await client.connect(to: target) }
      #expect(failure.code == .resolveFailed || failure.code == .connectTimeout)
    }

    @Test func namesAreLookedUp() async throws {
      let server = try TestServer()
      let key = try server.makeKey("ed25519")
      let known = try server.writeKnownHosts(["[localhost]:\(server.port) \(try server.hostKey("ed25519"))"])
      let client = SSHClient(loops: loops, options: SSHOptions(knownHostsFiles: [known]))
      var target = server.target([.keyFile(path: key, passphrase: nil)])
      // It has an IPv6 address too on many machines, where nobody listens.
      target.host = "localhost"
      try await client.connect(to: target).close()
    }

    private func connectFailure(port: UInt16, login: Duration = .seconds(1)) async throws -> Failure {
      let options = SSHOptions(knownHostsFiles: [], connectTimeout: .seconds(1), loginTimeout: login)
      let client = SSHClient(loops: loops, options: options)
      let target = SSHTarget(name: "x", host: "127.0.0.1", port: port, user: "root", authentication: [])
      return try await LiveTests.failure { _ = try await client.connect(to: target) }
    }
  }
}

private let loops = LiveTests.loops
