import Fleet
import Foundation
import Inventory
import SSH
import Synchronization
import Testing

extension LiveTests {
  /// Logins in which somebody at a terminal is asked.
  @Suite struct PromptTests {
    /// Gives the same answers to everyone and remembers what was asked.
    final class Person: LoginPrompter {
      private let answers: @Sendable (LoginQuestion) -> String?
      private let asked = Mutex<[LoginQuestion]>([])
      private let open = Mutex(0)

      init(_ answers: @escaping @Sendable (LoginQuestion) -> String?) { self.answers = answers }

      var questions: [LoginQuestion] { asked.withLock { $0 } }

      func answer(to question: LoginQuestion) async -> Secret? {
        asked.withLock { $0.append(question) }
        // One question at a time.
        #expect(
          open.withLock {
            $0 += 1
            return $0
          } == 1)
        try? await Task.sleep(for: .milliseconds(100))
        open.withLock { $0 -= 1 }
        return answers(question).map { Secret($0) }
      }
    }

    final class Counter: Sendable {
      private let value = Mutex(0)
      func next() -> Int {
        value.withLock {
          $0 += 1
          return $0
        }
      }
    }

    @Test(arguments: [nil, "PEM"]) func aPassphraseIsAskedForOnceForAll(_ format: String?) async throws {
      let server = try TestServer()
      let key = try server.makeKey("ecdsa", passphrase: "secret words", format: format)
      let person = Person { _ in "secret words" }
      let client = try client(server, person)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 {
          group.addTask {
            try await client.connect(to: server.target([.keyFile(path: key, passphrase: nil)])).close()
          }
        }
        try await group.waitForAll()
      }
      #expect(person.questions.map(\.kind) == [.passphrase(path: key)])
      #expect(person.questions.allSatisfy { !$0.isEchoed && $0.text.hasSuffix("\(key): ") })
    }

    @Test func aMistypedPassphraseIsAskedForAgain() async throws {
      let server = try TestServer("LogLevel VERBOSE")
      let key = try server.makeKey("ed25519", passphrase: "secret words")
      let count = Counter()
      let person = Person { _ in count.next() == 1 ? "wrong words" : "secret words" }
      try await client(server, person).connect(to: server.target([.keyFile(path: key, passphrase: nil)]))
        .close()
      #expect(person.questions.count == 2)
      #expect(!server.log.contains("Failed publickey"))
    }

    @Test func keyboardInteractiveAsksThePerson() async throws {
      let server = try TestServer(
        users: true, "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UsePAM yes")
      let person = Person { _ in TestServer.password }
      let target = server.target([.keyboardInteractive], user: TestServer.user)
      let remote = try await client(server, person).connect(to: target)
      #expect(try await remote.run(.sh("id -un"), input: nil, limits: .usual).text == "gantry-test\n")
      #expect(person.questions.count == 1)
      #expect(person.questions.first?.text.contains("(gantry-test@127.0.0.1) Password:") == true)
      await remote.close()
    }

    @Test func nobodyToAskIsSaid() async throws {
      let server = try TestServer(
        users: true, "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UsePAM yes")
      let failure = try await LiveTests.failure {
        _ = try await LiveTests.client(server).connect(
          to: server.target([.keyboardInteractive], user: TestServer.user))
      }
      #expect(failure.code == .authFailed)
      #expect(failure.message.contains("there is no terminal to ask"))
      #expect(!server.log.contains("Failed"))
    }

    /// While a person thinks, the other sessions of the same loop go on.
    @Test func askingHoldsNobodyUp() async throws {
      let server = try TestServer(
        users: true, "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UsePAM yes")
      final class Slow: LoginPrompter {
        func answer(to question: LoginQuestion) async -> Secret? {
          try? await Task.sleep(for: .seconds(2))
          return Secret(TestServer.password)
        }
      }
      let loops = EventLoopGroup(count: 1)
      let options = SSHOptions(knownHostsFiles: [try server.knownHosts()], prompter: Slow())
      let client = SSHClient(loops: loops, options: options)
      let other = try await client.connect(
        to: server.target([.keyFile(path: try server.makeKey("ed25519"), passphrase: nil)]))
      let asked = Task {
        try await client.connect(to: server.target([.keyboardInteractive], user: TestServer.user))
      }
      try await Task.sleep(for: .milliseconds(500))
      let start = ContinuousClock.now
      #expect(try await other.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      #expect(start.duration(to: .now) < .seconds(1))
      try await asked.value.close()
      await other.close()
    }

    /// The key is the first proof and the password the second (sshd_config(5), AuthenticationMethods).
    @Test func twoProofs() async throws {
      let server = try TestServer(
        users: true, "PasswordAuthentication yes", "AuthenticationMethods publickey,password")
      let key = try server.makeKey("ed25519")
      let methods: [AuthMethod] = [
        .keyFile(path: key, passphrase: nil), .password(Secret(TestServer.password)),
      ]
      let target = server.target(methods, user: TestServer.user)
      let remote = try await LiveTests.client(server).connect(to: target)
      #expect(try await remote.run(.sh("id -un"), input: nil, limits: .usual).text == "gantry-test\n")
      await remote.close()
      let failure = try await LiveTests.failure {
        _ = try await LiveTests.client(server).connect(
          to: server.target([.keyFile(path: key, passphrase: nil)], user: TestServer.user))
      }
      #expect(failure.message.contains("which is not enough alone"))
    }

    @Test func fewTriesAreSpentOnWhatIsNamed() async throws {
      let server = try TestServer("MaxAuthTries 2")
      let agent = try TestAgent()
      for _ in 0..<6 { try agent.add(server.makeStrangeKey("ed25519")) }
      let key = try server.makeKey("ed25519")
      let choice = KeyChoice(identities: [.init(path: key)], agentSocket: agent.socket)
      try await LiveTests.client(server).connect(to: server.target([.publicKey(choice)])).close()
    }

    private func client(_ server: TestServer, _ person: Person) throws -> SSHClient {
      SSHClient(
        loops: LiveTests.loops,
        options: SSHOptions(knownHostsFiles: [try server.knownHosts()], prompter: person))
    }
  }
}
