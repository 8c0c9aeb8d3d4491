import Fleet
import Foundation
import Glibc
import SSH
import Testing

extension LiveTests {
  /// Servers, and things on the way to them, that do not keep to the protocol: every connection ends soon, with a code,
  /// and the next one to an honest server is as it always is.
  @Suite struct HostileServerTests {
    private static func attempt(port: UInt16, _ server: TestServer, login: Duration = .seconds(2))
      async throws
      -> (failure: Failure?, time: Duration)
    {
      let key = try server.makeKey("ed25519")
      let known = try server.writeKnownHosts(["[127.0.0.1]:\(port) \(try server.hostKey("ed25519"))"])
      let client = SSHClient(
        loops: LiveTests.loops,
        options: SSHOptions(knownHostsFiles: [known], connectTimeout: .seconds(2), loginTimeout: login))
      var target = server.target([.keyFile(path: key, passphrase: nil)])
      target.port = port
      let start = ContinuousClock.now
      do {
        let remote = try await client.connect(to: target)
        let output: Result<CommandOutput, Failure>
        do throws(Failure) {
          output = .success(
            try await remote.run(.sh("echo ok"), input: nil, limits: CommandLimits(deadline: .seconds(3))))
        } catch {
          output = .failure(error)
        }
        await remote.close()
        if case .success(let output) = output { #expect(output.text == "ok\n" && output.status == 0) }
        if case .failure(let failure) = output { return (failure, ContinuousClock.now - start) }
        return (nil, ContinuousClock.now - start)
      } catch {
        return (error, ContinuousClock.now - start)
      }
    }

    /// Codes of a connection that somebody breaks.
    private static let broken: Set<FailureCode> = [
      .connectDropped, .handshakeFailed, .connectionLost, .loginTimeout, .commandTimeout, .hostKeyChanged,
      .hostKeyUnknown, .authFailed, .remoteExit,
    ]

    /// After the banner, in the key exchange, in the login, when a channel opens, while the command runs.
    @Test(arguments: [
      0, 1, 20, 42, 300, 1000, 1100, 1400, 1700, 1900, 2100, 2300, 2500, 2700, 2900, 3100, 3300,
    ])
    func hangsUpAfterEachStep(_ bytes: Int) async throws {
      let server = try TestServer()
      let proxy = try CuttingProxy(to: server.port, after: bytes, .close)
      defer { proxy.close() }
      let (failure, time) = try await Self.attempt(port: proxy.port, server)
      // The last steps may be behind the command's end.
      if let failure { #expect(Self.broken.contains(failure.code), "\(bytes): \(failure)") }
      if bytes < 2000 { #expect(failure != nil, "\(bytes)") }
      #expect(time < .seconds(10), "\(bytes)")
    }

    @Test(arguments: [0, 30, 700, 1500, 2000, 2400])
    func fallsSilentAfterEachStep(_ bytes: Int) async throws {
      let server = try TestServer()
      let proxy = try CuttingProxy(to: server.port, after: bytes, .silence)
      defer { proxy.close() }
      let (failure, time) = try await Self.attempt(port: proxy.port, server)
      if let failure { #expect(Self.broken.contains(failure.code), "\(bytes): \(failure)") }
      #expect(time < .seconds(10), "\(bytes): \(time)")
    }

    /// One bit of the server's bytes changed: never a success with another output, never a hang.
    @Test(arguments: [2, 40, 335, 668, 1001, 1334, 1667, 2000, 2333, 2666])
    func aBitIsChanged(_ position: Int) async throws {
      let server = try TestServer()
      let proxy = try CuttingProxy(to: server.port, after: position, .flip)
      defer { proxy.close() }
      let (failure, time) = try await Self.attempt(port: proxy.port, server)
      if let failure { #expect(Self.broken.contains(failure.code), "\(position): \(failure)") }
      #expect(time < .seconds(10), "\(position)")
    }

    @Test(arguments: [
      "SSH-2.0-", "SSH-2.0-x\r\n", "SSH-1.5-old\r\n", "SSH-9.9-new\r\n", "\r\n\r\nSSH-2.0-x\r\n",
      "SSH-2.0-\u{1b}[31m\r\n",
      "SSH-2.0-x\r\n\u{0}\u{0}\u{0}\u{c}\u{a}\u{14}", "SSH-2.0-x\r\n\u{7f}ÿÿÿÿÿÿÿ",
      "SSH-2.0-x\r\n\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
    ])
    func garbageForAnAnswer(_ text: String) async throws {
      let server = try TestServer()
      let listener = try Listener(backlog: 8)
      defer { listener.close() }
      listener.serveOne { connection in
        let bytes = Array(text.utf8) + [UInt8](repeating: 0x5a, count: 300)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 4096)
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
      }
      let (failure, time) = try await Self.attempt(port: listener.port, server, login: .seconds(1))
      #expect(
        [.handshakeFailed, .loginTimeout, .connectDropped].contains(failure?.code),
        "\(String(describing: failure))")
      #expect(failure?.message.contains("\u{1b}") == false)
      #expect(time < .seconds(6))
    }

    /// An honest server after all that.
    @Test func theNextConnectionIsAsAlways() async throws {
      let server = try TestServer()
      let proxy = try CuttingProxy(to: server.port, after: 900, .flip)
      defer { proxy.close() }
      _ = try await Self.attempt(port: proxy.port, server)
      let (failure, _) = try await Self.attempt(port: server.port, server)
      #expect(failure == nil)
    }

    /// Floods on both outputs: what is kept is bounded, what comes after is thrown away.
    @Test(arguments: ["cat /dev/zero", "yes", "cat /dev/zero >&2", "yes >&2"])
    func floods(_ text: String) async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let before = Self.resident
      let failure = try await LiveTests.failure {
        _ = try await remote.run(
          .sh(text), input: nil, limits: CommandLimits(deadline: .seconds(3), outputBytes: 1 << 20))
      }
      #expect(failure.code == .commandTimeout)
      #expect(Self.resident - before < 100 << 20)
      await remote.close()
    }

    private static var resident: Int {
      let fields =
        (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
      return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
    }
  }
}
