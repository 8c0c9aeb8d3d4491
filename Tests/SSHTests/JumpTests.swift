import Fleet
import Foundation
import SSH
import Testing

extension LiveTests {
  /// Sessions inside a session's channels, through one and two real jump hosts.
  @Suite struct JumpTests {
    /// One or two jump hosts and a node, each with a key, a host key and a known_hosts file of its own.
    struct Chain {
      let servers: [TestServer]
      let target: SSHTarget
      let client: SSHClient

      init(hops: Int, _ lines: String...) throws {
        servers = try (0...hops).map { _ in
          try TestServer("LogLevel VERBOSE\n" + lines.joined(separator: "\n"))
        }
        let targets = try servers.map { server in
          var target = server.target([.keyFile(path: try server.makeKey("ed25519"), passphrase: nil)])
          target.knownHostsFiles = [try server.knownHosts()]
          return target
        }
        var target = targets[hops]
        target.hops = Array(targets.dropLast())
        self.target = target
        client = SSHClient(loops: loops, options: SSHOptions(knownHostsFiles: []))
      }

      /// Connections that server has seen since it was started.
      func connections(_ index: Int) -> Int {
        // The first was the test's own look at the banner.
        servers[index].log.components(separatedBy: "Connection from").count - 2
      }
    }

    @Test(arguments: [1, 2]) func commandsAndBytesGoThrough(_ hops: Int) async throws {
      let chain = try Chain(hops: hops, "RekeyLimit 8M")
      let remote = try await chain.client.connect(to: chain.target)
      #expect(
        try await remote.run(.sh("echo $SSH_CONNECTION"), input: nil, limits: .usual).text.hasSuffix(
          "127.0.0.1 \(chain.target.port)\n"))
      let size = 20 << 20
      let up = try await remote.run(.sh("wc -c"), input: PatternStream(size), limits: .usual)
      #expect(up.text == "\(size)\n")
      let down = try await remote.run(
        .sh("cat"), input: PatternStream(3 << 20), limits: CommandLimits(deadline: .seconds(120)))
      #expect(down.standardOutput == pattern(3 << 20))
      for index in 0..<hops { #expect(chain.connections(index) == 1) }
      await remote.close()
      await chain.client.close()
    }

    /// Channels to further hosts are no sessions: MaxSessions does not count them.
    @Test func twentyNodesCostOneConnection() async throws {
      let chain = try Chain(hops: 1, "MaxSessions 1")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask {
            let remote = try await chain.client.connect(to: chain.target)
            let output = try await remote.run(
              .sh("wc -c; echo \(number)"), input: PatternStream(1 << 20), limits: .usual)
            #expect(output.text == "\(1 << 20)\n\(number)\n")
            await remote.close()
          }
        }
        try await group.waitForAll()
      }
      #expect(chain.connections(0) == 1)
      #expect(chain.connections(1) == 20)
      await chain.client.close()
    }

    @Test func aNodeThatRefusesIsNoMatterOfOthers() async throws {
      let chain = try Chain(hops: 1)
      var dead = chain.target
      dead.port = try TestServer.freePort()
      let good = try await chain.client.connect(to: chain.target)
      let failure = try await LiveTests.failure { _ = try await chain.client.connect(to: dead) }
      #expect(failure.code == .connectFailed)
      #expect(failure.message.contains("through jump host 127.0.0.1: connect to 127.0.0.1:\(dead.port)"))
      #expect(try await good.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      await good.close()
    }

    /// The jump host waits for an answer that never comes; libssh2 could open nothing else meanwhile.
    @Test func aSilentNodeDoesNotHoldUpOthers() async throws {
      let chain = try Chain(hops: 1)
      let listener = try Listener(backlog: 0)
      defer { listener.close() }
      let fillers = (0..<4).map { _ in Listener.startConnecting(port: listener.port) }
      defer { for filler in fillers { Glibc.close(filler) } }
      var silent = chain.target
      silent.port = listener.port
      silent.connectTimeout = .seconds(5)
      let target = silent
      let start = ContinuousClock.now
      async let failure = LiveTests.failure { _ = try await chain.client.connect(to: target) }
      try await Task.sleep(for: .milliseconds(500))
      let good = try await chain.client.connect(to: chain.target)
      #expect(start.duration(to: .now) < .seconds(5))
      #expect(try await good.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      #expect(try await failure.code == .connectTimeout)
      // The connection outlives an opening that was given up.
      #expect(
        try await good.run(.sh("wc -c"), input: PatternStream(5 << 20), limits: .usual).text == "\(5 << 20)\n"
      )
      #expect(chain.connections(0) == 1)
      await good.close()
    }

    @Test func aLostJumpHostEndsWhatGoesThroughAndComesBack() async throws {
      let chain = try Chain(hops: 1)
      let remote = try await chain.client.connect(to: chain.target)
      let running = Task {
        try await LiveTests.failure { _ = try await remote.run(.sh("sleep 60"), input: nil, limits: .usual) }
      }
      try await Task.sleep(for: .milliseconds(300))
      try Tool.run("/usr/bin/pkill", "-9", "-P", "\(chain.servers[0].pid)")
      let failure = try await running.value
      #expect(failure.code == .connectionLost)
      #expect(failure.message.contains("jump host"))
      let again = try await chain.client.connect(to: chain.target)
      #expect(try await again.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      #expect(chain.connections(0) == 2)
      await again.close()
      await remote.close()
    }

    /// A refused login is not repeated for each node behind.
    @Test func aJumpHostThatRefusesIsAskedOnce() async throws {
      let chain = try Chain(hops: 1)
      var target = chain.target
      let stranger = try chain.servers[0].makeStrangeKey("ed25519")
      target.hops[0].authentication = [.keyFile(path: stranger, passphrase: nil)]
      for _ in 0..<3 {
        let failure = try await LiveTests.failure { _ = try await chain.client.connect(to: target) }
        #expect(failure.code == .authFailed)
        #expect(failure.message.hasPrefix("jump host 127.0.0.1: log in as root"))
      }
      #expect(chain.connections(0) == 1)
      #expect(chain.connections(1) == 0)
    }

    @Test func aJumpHostsKeyIsChecked() async throws {
      let chain = try Chain(hops: 1)
      var target = chain.target
      target.hops[0].knownHostsFiles = []
      let failure = try await LiveTests.failure { _ = try await chain.client.connect(to: target) }
      #expect(failure.code == .hostKeyUnknown)
      #expect(failure.message.hasPrefix("jump host"))
      #expect(chain.connections(1) == 0)
    }

    @Test func forwardingThatIsForbiddenIsExplained() async throws {
      let chain = try Chain(hops: 1, "AllowTcpForwarding no")
      let failure = try await LiveTests.failure { _ = try await chain.client.connect(to: chain.target) }
      #expect(failure.code == .connectFailed)
      #expect(failure.hint?.contains("AllowTcpForwarding") == true)
    }

    @Test func cancellingBehindAJumpHost() async throws {
      let chain = try Chain(hops: 1)
      let remote = try await chain.client.connect(to: chain.target)
      let task = Task {
        try await remote.run(.sh("cat >/dev/null"), input: PatternStream(4 << 30), limits: .usual)
      }
      try await Task.sleep(for: .milliseconds(300))
      task.cancel()
      #expect(try await LiveTests.failure { _ = try await task.value }.code == .cancelled)
      #expect(try await remote.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      await remote.close()
    }

    private func pattern(_ count: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      while bytes.count < count { bytes += PatternStream.period.prefix(count - bytes.count) }
      return bytes
    }
  }

  /// A command's standard input and output in place of a TCP connection.
  @Suite struct ProxyCommandTests {
    @Test func aCommandLeadsToTheNodeAndEndsWithIt() async throws {
      let server = try TestServer()
      var target = server.target([.keyFile(path: try server.makeKey("ed25519"), passphrase: nil)])
      let mark = "\(server.folder)/proxy.pid"
      target.proxyCommand =
        "bash -c 'echo $$ >\(mark); exec 3<>/dev/tcp/127.0.0.1/\(server.port); cat <&3 & cat >&3'"
      let remote = try await LiveTests.client(server).connect(to: target)
      let size = 5 << 20
      #expect(
        try await remote.run(.sh("wc -c"), input: PatternStream(size), limits: .usual).text == "\(size)\n")
      let pid = try String(contentsOfFile: mark, encoding: .utf8).trimmingCharacters(
        in: .whitespacesAndNewlines)
      #expect(FileManager.default.fileExists(atPath: "/proc/\(pid)"))
      await remote.close()
      for _ in 0..<100 where FileManager.default.fileExists(atPath: "/proc/\(pid)") {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"))
    }

    @Test func whatACommandSaysIsTold() async throws {
      let server = try TestServer()
      var target = server.target([])
      target.proxyCommand = "sh -c 'printf \"no way \\033[31mto the node\\n\" >&2; exit 3'"
      let failure = try await LiveTests.failure {
        _ = try await LiveTests.client(server).connect(to: target)
      }
      #expect(failure.code == .connectFailed)
      #expect(failure.message.contains("the proxy command said: no way"))
      #expect(!failure.message.contains("\u{1b}"))
    }

    @Test func aCommandThatDoesNothingIsGivenUp() async throws {
      let server = try TestServer()
      var target = server.target([])
      target.proxyCommand = "sleep 60"
      let client = SSHClient(
        loops: loops, options: SSHOptions(knownHostsFiles: [], loginTimeout: .seconds(1)))
      let failure = try await LiveTests.failure { _ = try await client.connect(to: target) }
      #expect(failure.code == .loginTimeout)
    }
  }
}

private let loops = LiveTests.loops
