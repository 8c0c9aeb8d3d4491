import Fleet
import Foundation
import SSH
import Testing

extension LiveTests {
  @Suite struct ManyConnectionsTests {
    @Test func fiftyAtOnce() async throws {
      let server = try TestServer()
      let key = try server.makeKey("ed25519")
      let client = try LiveTests.client(server)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask {
            let remote = try await client.connect(to: server.target([.keyFile(path: key, passphrase: nil)]))
            let size = 1 << 20
            let output = try await remote.run(
              .sh("wc -c; echo \(number)"), input: PatternStream(size), limits: .usual)
            #expect(output.text == "\(size)\n\(number)\n")
            await remote.close()
          }
        }
        try await group.waitForAll()
      }
    }

    @Test func twoHundredLeaveNothingBehind() async throws {
      let server = try TestServer()
      let key = try server.makeKey("ed25519")
      let client = try LiveTests.client(server)
      let target = server.target([.keyFile(path: key, passphrase: nil)])
      @Sendable func one(_ number: Int) async throws {
        let remote = try await client.connect(to: target)
        let output = try await remote.run(.sh("cat"), input: PatternStream(100_000), limits: .usual)
        #expect(output.standardOutput.count == 100_000)
        // One in four is forgotten in place of closed.
        if number % 4 != 0 { await remote.close() }
      }
      func round(_ count: Int) async throws {
        for start in stride(from: 0, to: count, by: 8) {
          try await withThrowingTaskGroup(of: Void.self) { group in
            for number in start..<min(start + 8, count) { group.addTask { try await one(number) } }
            try await group.waitForAll()
          }
        }
      }
      // What is allocated once is allocated now.
      try await round(20)
      let (descriptors, memory) = (try openDescriptors(), try residentBytes())
      try await round(200)
      try await settled { try openDescriptors() <= descriptors }
      #expect(try openDescriptors() <= descriptors)
      #expect(try residentBytes() - memory < 8 << 20)
    }

    @Test func failuresLeaveNothingBehind() async throws {
      let server = try TestServer()
      let stranger = try server.makeStrangeKey("ed25519")
      let client = try LiveTests.client(server)
      _ = try? await client.connect(to: server.target([.keyFile(path: stranger, passphrase: nil)]))
      let descriptors = try openDescriptors()
      for _ in 0..<20 {
        let failure = try await LiveTests.failure {
          _ = try await client.connect(to: server.target([.keyFile(path: stranger, passphrase: nil)]))
        }
        #expect(failure.code == .authFailed)
      }
      try await settled { try openDescriptors() <= descriptors }
      #expect(try openDescriptors() <= descriptors)
    }

    /// sshd drops connections while too many others log in; patience brings every one through.
    @Test func aServerWithFewPlacesTakesThemAll() async throws {
      let server = try TestServer("MaxStartups 3:50:6", "LogLevel VERBOSE")
      let key = try server.makeKey("ed25519")
      let client = try LiveTests.client(server)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<60 {
          group.addTask {
            try await client.connect(to: server.target([.keyFile(path: key, passphrase: nil)])).close()
          }
        }
        try await group.waitForAll()
      }
      #expect(server.log.components(separatedBy: "Accepted publickey").count - 1 == 60)
      #expect(server.log.contains("MaxStartups"))
      #expect(!server.log.contains("Failed"))
    }

    @Test func addressesOfEachFamily() async throws {
      let server = try TestServer("ListenAddress ::1")
      let key = try server.makeKey("ed25519")
      let line = try server.hostKey("ed25519")
      let known = try server.writeKnownHosts(["[::1]:\(server.port),[localhost]:\(server.port) \(line)"])
      let client = SSHClient(loops: LiveTests.loops, options: SSHOptions(knownHostsFiles: [known]))
      var target = server.target([.keyFile(path: key, passphrase: nil)])
      target.host = "::1"
      target.bindAddress = "::1"
      try await client.connect(to: target).close()
      target.addressFamily = .inet
      let failure = try await LiveTests.failure { _ = try await client.connect(to: target) }
      #expect(failure.code == .resolveFailed)
      target.host = "localhost"
      target.bindAddress = "127.0.0.1"
      try await client.connect(to: target).close()
      target.bindAddress = "192.0.2.1"
      let foreign = try await LiveTests.failure { _ = try await client.connect(to: target) }
      #expect(foreign.code == .connectFailed)
      #expect(foreign.message.contains("from 192.0.2.1"))
    }

    /// The threads end with the group and what was made with it.
    @Test func groupsEnd() async throws {
      let before = try threads()
      do {
        let group = EventLoopGroup(count: 3)
        let client = SSHClient(loops: group, options: SSHOptions(knownHostsFiles: []))
        let target = SSHTarget(
          name: "x", host: "127.0.0.1", port: try TestServer.freePort(), user: "root", authentication: [])
        #expect(
          try await LiveTests.failure { _ = try await client.connect(to: target) }.code == .connectRefused)
        #expect(try threads() >= 3)
      }
      try await settled { try threads() <= before }
      #expect(try threads() <= before)
    }

    private func settled(_ condition: () throws -> Bool) async throws {
      for _ in 0..<100 where try !condition() { try await Task.sleep(for: .milliseconds(20)) }
    }

    private func openDescriptors() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    /// Threads of event loops, which are the ones that wait in epoll and are no one else's.
    private func threads() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }

    private func residentBytes() throws -> Int {
      let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
    }
  }
}
