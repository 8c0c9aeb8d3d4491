import Fleet
import Foundation
import Inventory
import SSH
import Testing

extension LiveTests {
  @Suite struct LoginTests {
    @Test(
      arguments: [
        ("ed25519", nil, nil), ("ecdsa", 256, nil), ("ecdsa", 384, nil), ("ecdsa", 521, nil),
        ("rsa", 2048, nil),
        ("rsa", 4096, nil), ("rsa", 3072, "PEM"), ("rsa", 2048, "PKCS8"), ("ecdsa", 256, "PEM"),
        ("ecdsa", 384, "PKCS8"),
      ] as [(String, Int?, String?)])
    func keyFiles(_ type: String, _ bits: Int?, _ format: String?) async throws {
      let server = try TestServer()
      let key = try server.makeKey(type, bits: bits, format: format)
      let remote = try await client(server).connect(to: server.target([.keyFile(path: key, passphrase: nil)]))
      #expect(try await remote.run(.sh("id -u"), input: nil, limits: .usual).text == "0\n")
      await remote.close()
    }

    @Test(
      arguments: [
        ("ed25519", nil), ("ecdsa", nil), ("ecdsa", "PEM"), ("rsa", nil), ("rsa", "PEM"), ("rsa", "PKCS8"),
      ] as [(String, String?)])
    func encryptedKeyFiles(_ type: String, _ format: String?) async throws {
      let server = try TestServer("LogLevel VERBOSE")
      let key = try server.makeKey(type, passphrase: "secret words", format: format)
      let good = server.target([.keyFile(path: key, passphrase: Secret("secret words"))])
      let remote = try await client(server).connect(to: good)
      #expect(try await remote.run(.sh("id -u"), input: nil, limits: .usual).text == "0\n")
      await remote.close()

      for passphrase in [nil, Secret("wrong words")] {
        let failure = try await LiveTests.failure {
          _ = try await client(server).connect(
            to: server.target([.keyFile(path: key, passphrase: passphrase)]))
        }
        #expect(failure.code == .keyUnusable)
        #expect(!failure.message.contains("words"))
      }
      // A key that cannot sign costs the server no failed login.
      #expect(!server.log.contains("Failed publickey"))
    }

    @Test(arguments: ["ed25519", "ecdsa", "rsa"]) func agent(_ type: String) async throws {
      let server = try TestServer()
      let agent = try TestAgent()
      // A key that the server does not know comes first.
      try agent.add(server.makeStrangeKey("ed25519"))
      try agent.add(server.makeKey(type))
      let remote = try await client(server).connect(to: server.target([.agent(socketPath: agent.socket)]))
      #expect(try await remote.run(.sh("id -u"), input: nil, limits: .usual).text == "0\n")
      await remote.close()
    }

    @Test func anAgentWithManyKeysLeavesATryForTheKeyFile() async throws {
      let server = try TestServer()
      let agent = try TestAgent()
      for _ in 0..<8 { try agent.add(server.makeStrangeKey("ed25519")) }
      let key = try server.makeKey("ed25519")
      let remote = try await client(server).connect(
        to: server.target([.agent(socketPath: agent.socket), .keyFile(path: key, passphrase: nil)]))
      await remote.close()
    }

    @Test func aMissingAgentIsPassedOver() async throws {
      let server = try TestServer()
      let key = try server.makeKey("ed25519")
      let remote = try await client(server).connect(
        to: server.target([
          .agent(socketPath: "\(server.folder)/nothing"), .keyFile(path: key, passphrase: nil),
        ]))
      await remote.close()
    }

    @Test(arguments: [
      "PasswordAuthentication yes", "PasswordAuthentication no\nKbdInteractiveAuthentication yes\nUsePAM yes",
    ])
    func password(_ configuration: String) async throws {
      let server = try TestServer(users: true, configuration)
      let target = server.target([.password(Secret(TestServer.password))], user: TestServer.user)
      let remote = try await client(server).connect(to: target)
      #expect(try await remote.run(.sh("id -un"), input: nil, limits: .usual).text == "gantry-test\n")
      await remote.close()
    }

    @Test func refusalsAreListedWithoutSecrets() async throws {
      let server = try TestServer(users: true, "PasswordAuthentication yes")
      let stranger = try server.makeStrangeKey("rsa")
      let failure = try await LiveTests.failure {
        _ = try await client(server).connect(
          to: server.target(
            [
              .keyFile(path: "/nonexistent/key", passphrase: nil), .keyFile(path: stranger, passphrase: nil),
              .password(Secret("hunter2")),
            ], user: TestServer.user))
      }
      #expect(failure.code == .authFailed)
      #expect(failure.message.contains("log in as gantry-test: the server takes publickey,password"))
      #expect(failure.message.contains("key /nonexistent/key (cannot be read: no such file or directory)"))
      #expect(failure.message.contains("key \(stranger) (RSA)"))
      #expect(failure.message.contains("the password"))
      #expect(!failure.message.contains("hunter2"))
      #expect(!(failure.hint ?? "").contains("hunter2"))
    }

    @Test func aMethodThatIsNotOfferedIsNotTried() async throws {
      let server = try TestServer("PasswordAuthentication no", "KbdInteractiveAuthentication no")
      let failure = try await LiveTests.failure {
        _ = try await client(server).connect(to: server.target([.password(Secret("x"))]))
      }
      #expect(failure.code == .authFailed)
      #expect(failure.message.contains("not the password (not offered)"))
      #expect(!server.log.contains("Failed password"))
    }

    @Test func unusableKeyFiles() async throws {
      let server = try TestServer()
      let path = "\(server.folder)/odd"
      for (content, words) in [
        ("", "no BEGIN line"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "damaged"),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "a public key"),
      ] {
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        let failure = try await LiveTests.failure {
          _ = try await client(server).connect(to: server.target([.keyFile(path: path, passphrase: nil)]))
        }
        #expect(failure.code == .keyUnusable)
        #expect(failure.message.contains(words))
      }
    }
  }
}

/// A real ssh-agent.
final class TestAgent {
  let socket: String
  private let pid: pid_t

  init() throws {
    socket = NSTemporaryDirectory() + "gantry-agent-\(UUID().uuidString.prefix(8))"
    let text = try Tool.run("/usr/bin/ssh-agent", "-s", "-a", socket)
    guard let part = text.split(separator: "SSH_AGENT_PID=").last,
      let pid = pid_t(part.prefix { $0.isNumber })
    else {
      throw Tool.Failed(description: "ssh-agent did not say its process: \(text)")
    }
    self.pid = pid
  }

  deinit { kill(pid, SIGTERM) }

  func add(_ key: String) throws {
    try Tool.run("/usr/bin/ssh-add", "-q", key, environment: ["SSH_AUTH_SOCK": socket])
  }
}

extension TestServer {
  /// Makes a key that may not log in.
  func makeStrangeKey(_ type: String) throws -> String {
    let path = "\(folder)/strange_\(UUID().uuidString.prefix(8))"
    try Tool.run("/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "", "-f", path)
    return path
  }
}

private func client(_ server: TestServer) throws -> SSHClient { try LiveTests.client(server) }
