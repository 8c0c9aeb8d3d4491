import Crypto
import Fleet
import Foundation
import SSH
import Synchronization
import Testing

extension LiveTests {
  /// Unix sockets behind a real sshd.
  @Suite struct SocketTests {
    /// Something that listens at a Unix socket.
    final class Daemon: Sendable {
      let path: String
      private let process: Child

      /// - Parameter body: Python that serves one connection `c`.
      init(_ body: String) throws {
        let folder = NSTemporaryDirectory() + "gantry-socket-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = folder + "/d.sock"
        let script = """
          import socket, sys, time
          s = socket.socket(socket.AF_UNIX)
          s.bind(sys.argv[1])
          s.listen()
          while True:
              c, _ = s.accept()
              \(body)
              c.close()
          """
        process = try Child(["/usr/bin/env", "python3", "-c", script, path], log: folder + "/log")
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: path) { usleep(20_000) }
      }

      deinit {
        process.stop(SIGKILL)
        try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
      }
    }

    /// Says so many bytes, hears as many, and ends.
    final class Echo: SocketDialogue {
      private struct State {
        var stream: PatternStream
        var sent = 0
        var heard = 0
        var hash = SHA256()
        var action: (@Sendable () -> Void)?
        var isReleased: Bool
      }
      private let state: Mutex<State>
      let count: Int
      let silence: Silence

      init(_ count: Int, silence: Silence = .stall, isReleased: Bool = true) {
        self.count = count
        self.silence = silence
        state = Mutex(State(stream: PatternStream(count), isReleased: isReleased))
      }

      var progress: UInt64 { state.withLock { UInt64($0.sent + $0.heard) } }
      var heard: Int { state.withLock { $0.heard } }
      var digest: String { state.withLock { "\($0.hash.finalize())" } }
      static func digest(of count: Int) -> String {
        let echo = Echo(count)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1)
        defer { buffer.deallocate() }
        while let read = try? echo.read(into: buffer), read > 0 {
          try? echo.receive(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
        }
        return echo.digest
      }

      func release() {
        state.withLock {
          $0.isReleased = true
          return $0.action
        }?()
      }

      var mustWait: Bool { state.withLock { !$0.isReleased || $0.sent == count && $0.heard < count } }
      func whenReleased(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.action = action } }

      func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let count = try state.withLock { $0.stream }.read(into: buffer)
        state.withLock { $0.sent += count }
        return count
      }

      func receive(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        state.withLock {
          $0.heard += bytes.count
          $0.hash.update(bufferPointer: bytes)
        }
      }
    }

    static let echo = "while (d := c.recv(65536)): c.sendall(d)"
    static let limits = CommandLimits(deadline: .seconds(60), stall: .seconds(20))

    @Test(arguments: [0, 1, 30_000_000]) func whatIsSaidComesBack(_ count: Int) async throws {
      let server = try TestServer("RekeyLimit 8M")
      let daemon = try Daemon(Self.echo)
      let remote = try await LiveTests.remote(server)
      let dialogue = Echo(count)
      try await remote.converse(with: dialogue, at: daemon.path, limits: Self.limits)
      #expect(dialogue.heard == count && dialogue.digest == Echo.digest(of: count))
      await remote.close()
    }

    @Test func commandsRunBesideIt() async throws {
      let server = try TestServer()
      let daemon = try Daemon(Self.echo)
      let remote = try await LiveTests.remote(server)
      let dialogue = Echo(5_000_000, silence: .rest, isReleased: false)
      async let talk: Void = remote.converse(with: dialogue, at: daemon.path, limits: Self.limits)
      for number in 1...3 {
        let output = try await remote.run(.sh("echo \(number)"), input: nil, limits: Self.limits)
        #expect(output.text == "\(number)\n")
      }
      dialogue.release()
      let sum = try await remote.run(.sh("sha256sum"), input: PatternStream(5_000_000), limits: Self.limits)
      #expect(sum.status == 0)
      try await talk
      #expect(dialogue.heard == 5_000_000)
      await remote.close()
    }

    @Test func noWayIsARefusalAndTheConnectionGoesOn() async throws {
      let server = try TestServer("AllowStreamLocalForwarding no")
      let daemon = try Daemon(Self.echo)
      let remote = try await LiveTests.remote(server)
      for _ in 0..<3 {
        let failure = try await LiveTests.failure {
          try await remote.converse(with: Echo(10), at: daemon.path, limits: Self.limits)
        }
        #expect(failure.code == .channelRefused, "\(failure.message)")
      }
      #expect(try await remote.run(.sh("echo on"), input: nil, limits: Self.limits).text == "on\n")
      await remote.close()
    }

    @Test func aSocketThatIsNotThereIsARefusal() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let failure = try await LiveTests.failure {
        try await remote.converse(with: Echo(10), at: "/run/no \u{1b}[31m.sock", limits: Self.limits)
      }
      #expect(failure.code == .channelRefused && !failure.message.contains("\u{1b}"), "\(failure.message)")
      #expect(try await remote.run(.sh("echo on"), input: nil, limits: Self.limits).text == "on\n")
      await remote.close()
    }

    @Test func aDaemonThatEndsEndsTheConversation() async throws {
      let server = try TestServer()
      let daemon = try Daemon("c.recv(1000)")
      let remote = try await LiveTests.remote(server)
      let dialogue = Echo(30_000_000)
      try await remote.converse(with: dialogue, at: daemon.path, limits: Self.limits)
      #expect(dialogue.heard == 0)
      #expect(try await remote.run(.sh("echo on"), input: nil, limits: Self.limits).text == "on\n")
      await remote.close()
    }

    /// sshd tells of it and waits for our end.
    @Test(arguments: [Silence.stall, .work(.seconds(50)), .rest])
    func aDaemonThatEndsWhileNobodyHasAnythingToSay(_ silence: Silence) async throws {
      let server = try TestServer()
      let daemon = try Daemon("c.recv(1000)")
      let remote = try await LiveTests.remote(server)
      let dialogue = Echo(10, silence: silence)
      let start = ContinuousClock.now
      try await remote.converse(with: dialogue, at: daemon.path, limits: Self.limits)
      #expect(dialogue.heard == 0 && ContinuousClock.now - start < .seconds(15))
      await remote.close()
    }

    @Test(arguments: [(Silence.stall, FailureCode.stalled), (.work(.seconds(2)), .commandTimeout)])
    func aDaemonThatHangsIsStalled(_ silence: Silence, _ code: FailureCode) async throws {
      let server = try TestServer()
      let daemon = try Daemon("time.sleep(60)")
      let remote = try await LiveTests.remote(server)
      let failure = try await LiveTests.failure {
        try await remote.converse(
          with: Echo(30_000_000, silence: silence), at: daemon.path,
          limits: CommandLimits(deadline: nil, stall: .seconds(1)))
      }
      #expect(failure.code == code, "\(failure.message)")
      #expect(try await remote.run(.sh("echo on"), input: nil, limits: Self.limits).text == "on\n")
      await remote.close()
    }

    @Test func restIsNoStall() async throws {
      let server = try TestServer()
      let daemon = try Daemon(Self.echo)
      let remote = try await LiveTests.remote(server)
      let dialogue = Echo(10, silence: .rest, isReleased: false)
      async let talk: Void = remote.converse(
        with: dialogue, at: daemon.path, limits: CommandLimits(deadline: nil, stall: .seconds(1)))
      try await Task.sleep(for: .seconds(3))
      dialogue.release()
      try await talk
      #expect(dialogue.heard == 10)
      await remote.close()
    }

    @Test func cancellingEndsItAndTheDaemonHearsOfIt() async throws {
      let server = try TestServer()
      let daemon = try Daemon("while c.recv(65536): pass\n    open(sys.argv[1] + '.ended', 'w').close()")
      let remote = try await LiveTests.remote(server)
      let dialogue = Echo(10, silence: .rest, isReleased: false)
      let path = daemon.path
      let task = Task { try await remote.converse(with: dialogue, at: path, limits: Self.limits) }
      try await Task.sleep(for: .milliseconds(300))
      task.cancel()
      let failure = try await LiveTests.failure { try await task.value }
      #expect(failure.code == .cancelled)
      for _ in 0..<500 where !FileManager.default.fileExists(atPath: path + ".ended") {
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(FileManager.default.fileExists(atPath: path + ".ended"))
      #expect(try await remote.run(.sh("echo on"), input: nil, limits: Self.limits).text == "on\n")
      await remote.close()
    }
  }
}
