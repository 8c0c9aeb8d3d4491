import Fleet
import Foundation
import SSH
import Testing

extension LiveTests {
  @Suite struct HostKeyTests {
    @Test func knownForms() async throws {
      let server = try TestServer()
      let key = try server.hostKey("ed25519")
      let hashed = try server.writeKnownHosts(["[127.0.0.1]:\(server.port) \(key)"])
      try Tool.run("/usr/bin/ssh-keygen", "-q", "-H", "-f", hashed)
      #expect(try String(contentsOfFile: hashed, encoding: .utf8).hasPrefix("|1|"))
      let files = try [
        hashed,
        server.writeKnownHosts([
          "nonsense", "@odd x y", "", "# comment", "other,[127.0.0.1]:\(server.port) \(key) a comment",
        ]),
        server.writeKnownHosts(["[127.0.0.*]:\(server.port) \(key)"]),
        // Without its port, as OpenSSH takes it too.
        server.writeKnownHosts(["127.0.0.1 \(key)"]),
      ]
      let secret = try server.makeKey("ed25519")
      for file in files {
        let client = SSHClient(
          loops: loops, options: SSHOptions(knownHostsFiles: ["\(server.folder)/missing", file]))
        try await client.connect(to: server.target([.keyFile(path: secret, passphrase: nil)])).close()
      }
    }

    /// Only the type that is known is asked for, so that a host with several keys shows that one.
    @Test(arguments: ["ed25519", "ecdsa"]) func theKnownTypeIsAskedFor(_ type: String) async throws {
      let server = try TestServer()
      let known = try server.writeKnownHosts(["[127.0.0.1]:\(server.port) \(try server.hostKey(type))"])
      let secret = try server.makeKey("ed25519")
      let client = SSHClient(loops: loops, options: SSHOptions(knownHostsFiles: [known]))
      try await client.connect(to: server.target([.keyFile(path: secret, passphrase: nil)])).close()
    }

    @Test func anAliasStandsForTheHost() async throws {
      let server = try TestServer()
      let known = try server.writeKnownHosts(["node1 \(try server.hostKey("ed25519"))"])
      let secret = try server.makeKey("ed25519")
      let client = SSHClient(loops: loops, options: SSHOptions(knownHostsFiles: [known]))
      var target = server.target([.keyFile(path: secret, passphrase: nil)])
      target.hostKeyAlias = "Node1"
      try await client.connect(to: target).close()
    }

    @Test func anUnknownKeyIsRefusedWithItsFingerprint() async throws {
      let server = try TestServer("LogLevel VERBOSE")
      let known = try server.writeKnownHosts([])
      let before = try String(contentsOfFile: known, encoding: .utf8)
      let failure = try await refusal(server, known)
      #expect(failure.code == .hostKeyUnknown)
      #expect(failure.message.contains("[127.0.0.1]:\(server.port)"))
      #expect(try failure.message.contains(fingerprint(server, "ed25519")))
      #expect(failure.hint?.contains("ssh-keygen -lf") == true)
      #expect(try String(contentsOfFile: known, encoding: .utf8) == before)
      // Nobody tried to log in.
      #expect(!server.log.contains("publickey"))
      #expect(!server.log.contains("root"))
    }

    @Test func aChangedKeyIsRefusedUnderBothPolicies() async throws {
      let server = try TestServer()
      let other = try TestServer.strangeHostKey(server.folder)
      let known = try server.writeKnownHosts(["# first", "[127.0.0.1]:\(server.port) \(other.line)"])
      for policy in [HostKeyPolicy.strict, .acceptNew(file: known)] {
        let failure = try await refusal(server, known, policy)
        #expect(failure.code == .hostKeyChanged)
        #expect(try failure.message.contains(fingerprint(server, "ed25519")))
        #expect(failure.message.contains(other.fingerprint))
        #expect(failure.message.contains("\(known):2"))
      }
    }

    @Test func aRevokedKeyIsRefused() async throws {
      let server = try TestServer()
      let key = try server.hostKey("ed25519")
      let known = try server.writeKnownHosts(["[127.0.0.1]:\(server.port) \(key)", "@revoked * \(key)"])
      let failure = try await refusal(server, known)
      #expect(failure.code == .hostKeyRevoked)
      #expect(failure.message.contains("\(known):2"))
    }

    /// An attacker could otherwise show a key of a type that the host is not known by.
    @Test func aKeyOfAnotherTypeIsNotAcceptedAsNew() async throws {
      let server = try TestServer(hostKeys: ["ed25519"])
      let ecdsa = try TestServer(hostKeys: ["ecdsa"]).hostKey("ecdsa")
      let known = try server.writeKnownHosts(["[127.0.0.1]:\(server.port) \(ecdsa)"])
      let failure = try await refusal(server, known, .acceptNew(file: known))
      #expect(failure.code == .hostKeyUnknown)
      #expect(failure.message.contains("known are ECDSA in \(known):1"))
    }

    @Test func certificateAuthoritiesAreNotKeysOfTheHost() async throws {
      let server = try TestServer()
      let known = try server.writeKnownHosts(["", "@cert-authority * \(try server.hostKey("ed25519"))"])
      let failure = try await refusal(server, known)
      #expect(failure.code == .hostKeyUnknown)
      #expect(failure.message.contains("the certificate authority in \(known):2"))
      #expect(failure.hint?.contains("gantry trust") == true)
    }

    @Test func newKeysAreWrittenOnceAndKnownFromThen() async throws {
      let server = try TestServer()
      let file = "\(server.folder)/new/known_hosts"
      let secret = try server.makeKey("ed25519")
      let client = SSHClient(
        loops: loops, options: SSHOptions(knownHostsFiles: [], hostKeyPolicy: .acceptNew(file: file)))
      let target = server.target([.keyFile(path: secret, passphrase: nil)])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 {
          group.addTask { try await client.connect(to: target).close() }
        }
        try await group.waitForAll()
      }
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text == "[127.0.0.1]:\(server.port) \(try server.hostKey("ed25519"))\n")
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let strict = SSHClient(loops: loops, options: SSHOptions(knownHostsFiles: [file]))
      try await strict.connect(to: target).close()
    }

    @Test func anRSAOnlyHostIsExplained() async throws {
      let server = try TestServer(hostKeys: ["rsa"])
      let key = try server.makeKey("ed25519")
      let target = server.target([.keyFile(path: key, passphrase: nil)])
      if libssh2Version.hasPrefix("1.10.") {
        let failure = try await LiveTests.failure {
          _ = try await LiveTests.client(server).connect(to: target)
        }
        #expect(failure.code == .noCommonAlgorithm)
        #expect(failure.hint?.contains("cannot check RSA host keys") == true)
      } else {
        try await LiveTests.client(server).connect(to: target).close()
      }
    }

    private func refusal(
      _ server: TestServer, _ known: String, _ policy: HostKeyPolicy = .strict
    ) async throws -> Failure {
      let client = SSHClient(
        loops: loops, options: SSHOptions(knownHostsFiles: [known], hostKeyPolicy: policy))
      let key = try server.makeKey("ed25519")
      return try await LiveTests.failure {
        _ = try await client.connect(to: server.target([.keyFile(path: key, passphrase: nil)]))
      }
    }

    private func fingerprint(_ server: TestServer, _ type: String) throws -> String {
      try TestServer.fingerprint("\(server.folder)/host_\(type).pub")
    }
  }
}

private let loops = LiveTests.loops

extension TestServer {
  /// As ssh-keygen prints it.
  static func fingerprint(_ path: String) throws -> String {
    let text = try Tool.run("/usr/bin/ssh-keygen", "-lf", path)
    return String(text.split(separator: " ")[1])
  }

  /// A host key that is not this server's.
  static func strangeHostKey(_ folder: String) throws -> (line: String, fingerprint: String) {
    let path = "\(folder)/other"
    try Tool.run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
    let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
    return (line.split(separator: " ").prefix(2).joined(separator: " "), try fingerprint(path + ".pub"))
  }
}
