import Fleet
import Foundation
import Inventory
import SSH
import Testing

extension LiveTests {
  /// Collecting host keys, and being asked about one.
  @Suite struct TrustTests {
    /// Answers every question alike and counts them.
    private actor Person: LoginPrompter {
      private let text: String?
      private(set) var questions: [LoginQuestion] = []

      init(_ text: String?) { self.text = text }

      func answer(to question: LoginQuestion) async -> Secret? {
        questions.append(question)
        return text.map(Secret.init)
      }
    }

    private func client(_ known: String, prompter: (any LoginPrompter)? = nil) -> SSHClient {
      SSHClient(loops: LiveTests.loops, options: SSHOptions(knownHostsFiles: [known], prompter: prompter))
    }

    @Test func anUnknownKeyIsFoundAndWritten() async throws {
      let server = try TestServer("LogLevel VERBOSE")
      let known = try server.writeKnownHosts(["# mine"])
      let client = client(known)
      let target = server.target([])
      let found = try await client.hostKey(of: target)
      #expect(found.state == .new(otherTypes: []))
      #expect(found.name == "[127.0.0.1]:\(server.port)" && found.type == "ED25519")
      #expect(try found.fingerprint == TestServer.fingerprint("\(server.folder)/host_ed25519.pub"))
      // Nothing is written by looking, and nobody tried to log in.
      #expect(try String(contentsOfFile: known, encoding: .utf8) == "# mine\n")
      #expect(!server.log.contains("root") && !server.log.contains("publickey"))
      try await client.trust(found, of: target, in: known, hashed: false)
      let text = try String(contentsOfFile: known, encoding: .utf8)
      #expect(text == "# mine\n[127.0.0.1]:\(server.port) \(try server.hostKey("ed25519"))\n")
      #expect(try await client.hostKey(of: target).state == .known(location: known))
    }

    @Test func aHashedLineIsOneThatOpenSSHFinds() async throws {
      let server = try TestServer()
      let known = "\(server.folder)/new/known_hosts"
      let client = client(known)
      let found = try await client.hostKey(of: server.target([]))
      try await client.trust(found, of: server.target([]), in: known, hashed: true)
      let text = try String(contentsOfFile: known, encoding: .utf8)
      #expect(text.hasPrefix("|1|") && !text.contains("127.0.0.1"))
      let shown = try Tool.run("/usr/bin/ssh-keygen", "-F", "[127.0.0.1]:\(server.port)", "-f", known)
      #expect(try shown.contains(server.hostKey("ed25519").split(separator: " ")[1]))
      #expect(try FileManager.default.attributesOfItem(atPath: known)[.posixPermissions] as? Int == 0o600)
    }

    @Test func aChangedKeyIsReplacedAndTheRestStays() async throws {
      let server = try TestServer()
      let name = "[127.0.0.1]:\(server.port)"
      let other = try TestServer.strangeHostKey(server.folder)
      let known = try server.writeKnownHosts([
        "# first", "\(name) \(other.line)", "node9 \(other.line)", "node8,\(name) \(other.line)", "bad line",
        "@revoked * \(try TestServer(hostKeys: ["ecdsa"]).hostKey("ecdsa"))",
      ])
      chmod(known, 0o640)
      let client = client(known)
      let found = try await client.hostKey(of: server.target([]))
      #expect(found.state == .changed(fingerprint: "ED25519 \(other.fingerprint)", location: "\(known):2"))
      try await client.trust(found, of: server.target([]), in: known, hashed: false)
      let lines = try String(contentsOfFile: known, encoding: .utf8).split(separator: "\n").map(String.init)
      #expect(lines[0] == "# first" && lines[1] == "node9 \(other.line)" && lines[2] == "node8 \(other.line)")
      #expect(lines[3] == "bad line" && lines[4].hasPrefix("@revoked"))
      #expect(lines[5] == "\(name) \(try server.hostKey("ed25519"))" && lines.count == 6)
      #expect(try FileManager.default.attributesOfItem(atPath: known)[.posixPermissions] as? Int == 0o640)
      let left = try FileManager.default.contentsOfDirectory(atPath: server.folder)
      #expect(!left.contains { $0.contains(".gantry-") })
      let key = try server.makeKey("ed25519")
      try await client.connect(to: server.target([.keyFile(path: key, passphrase: nil)])).close()
    }

    @Test func aPatternIsNotEditedByItself() async throws {
      let server = try TestServer()
      let other = try TestServer.strangeHostKey(server.folder)
      let known = try server.writeKnownHosts(["[127.0.0.*]:\(server.port) \(other.line)"])
      let before = try String(contentsOfFile: known, encoding: .utf8)
      let client = client(known)
      let found = try await client.hostKey(of: server.target([]))
      let failure = try await LiveTests.failure {
        try await client.trust(found, of: server.target([]), in: known, hashed: false)
      }
      #expect(failure.code == .hostKeyChanged && failure.message.contains("\(known):1"))
      #expect(try String(contentsOfFile: known, encoding: .utf8) == before)
    }

    @Test func aRevokedKeyIsNeverWritten() async throws {
      let server = try TestServer()
      let known = try server.writeKnownHosts(["@revoked * \(try server.hostKey("ed25519"))"])
      let client = client(known)
      let found = try await client.hostKey(of: server.target([]))
      #expect(found.state == .revoked(location: "\(known):1"))
      let failure = try await LiveTests.failure {
        try await client.trust(found, of: server.target([]), in: known, hashed: false)
      }
      #expect(failure.code == .hostKeyRevoked)
      #expect(try String(contentsOfFile: known, encoding: .utf8).split(separator: "\n").count == 1)
    }

    @Test(arguments: [("y", true), ("YES", true), ("n", false), ("", false), (nil, false)])
    func askingTakesAYes(_ answer: String?, _ isAccepted: Bool) async throws {
      let server = try TestServer()
      let known = try server.writeKnownHosts([])
      let person = Person(answer)
      let client = client(known, prompter: person)
      let key = try server.makeKey("ed25519")
      var target = server.target([.keyFile(path: key, passphrase: nil)])
      target.hostKeyPolicy = .ask(file: known)
      let written = "[127.0.0.1]:\(server.port) \(try server.hostKey("ed25519"))"
      if isAccepted {
        try await client.connect(to: target).close()
        // The second time it is known.
        try await client.connect(to: target).close()
        #expect(try String(contentsOfFile: known, encoding: .utf8).contains(written))
      } else {
        let failure = try await LiveTests.failure { _ = try await client.connect(to: target) }
        #expect(failure.code == .hostKeyUnknown)
        #expect(try !String(contentsOfFile: known, encoding: .utf8).contains("ssh-"))
      }
      let questions = await person.questions
      #expect(questions.count == 1)
      #expect(
        try questions.first?.text.contains(TestServer.fingerprint("\(server.folder)/host_ed25519.pub"))
          == true)
      #expect(questions.first?.kind == .hostKey && questions.first?.isEchoed == true)
    }

    @Test func aChangedKeyIsNoQuestion() async throws {
      let server = try TestServer()
      let other = try TestServer.strangeHostKey(server.folder)
      let known = try server.writeKnownHosts(["[127.0.0.1]:\(server.port) \(other.line)"])
      let person = Person("yes")
      var target = server.target([])
      target.hostKeyPolicy = .ask(file: known)
      let failure = try await LiveTests.failure {
        _ = try await client(known, prompter: person).connect(to: target)
      }
      #expect(failure.code == .hostKeyChanged)
      #expect(await person.questions.isEmpty)
    }
  }
}
