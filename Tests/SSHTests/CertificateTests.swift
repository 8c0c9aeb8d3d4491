import Fleet
import Foundation
import Inventory
import SSH
import Testing

extension LiveTests {
  /// User certificates of an authority that the server trusts; the keys alone may not log in.
  @Suite struct CertificateTests {
    @Test(
      arguments: [("ecdsa", 256), ("ecdsa", 521)]
        + (libssh2Version.hasPrefix("1.10.") ? [] : [("ed25519", 256), ("rsa", 3072)]), [false, true])
    func aCertificateLogsIn(_ key: (type: String, bits: Int), _ byAgent: Bool) async throws {
      let folder = try Authority()
      let server = try TestServer("TrustedUserCAKeys \(folder.path).pub", "LogLevel VERBOSE")
      let path = try folder.sign(key.type, key.bits, validity: "+1h")
      defer { folder.remove(path) }
      let choice: KeyChoice
      let agent = try TestAgent()
      if byAgent {
        // ssh-add takes the certificate that lies beside the key.
        try agent.add(path)
        choice = KeyChoice(identities: [], agentSocket: agent.socket)
      } else {
        choice = KeyChoice(identities: [.init(path: path)])
      }
      let remote = try await LiveTests.client(server).connect(to: server.target([.publicKey(choice)]))
      #expect(try await remote.run(.sh("id -u"), input: nil, limits: .usual).text == "0\n")
      #expect(server.log.contains("-CERT"))
      await remote.close()
    }

    @Test func aCertificateElsewhereIsFoundByItsName() async throws {
      let folder = try Authority()
      let server = try TestServer("TrustedUserCAKeys \(folder.path).pub")
      let path = try folder.sign("ecdsa", 384, validity: "+1h")
      defer { folder.remove(path) }
      let elsewhere = "\(server.folder)/elsewhere.pub"
      try FileManager.default.moveItem(atPath: path + "-cert.pub", toPath: elsewhere)
      let choice = KeyChoice(identities: [.init(path: path)], certificateFiles: [elsewhere])
      try await LiveTests.client(server).connect(to: server.target([.publicKey(choice)])).close()
      let failure = try await LiveTests.failure {
        _ = try await LiveTests.client(server).connect(
          to: server.target([.keyFile(path: path, passphrase: nil)]))
      }
      #expect(failure.code == .authFailed)
    }

    @Test func anExpiredCertificateIsNotShown() async throws {
      let folder = try Authority()
      let server = try TestServer("TrustedUserCAKeys \(folder.path).pub", "LogLevel VERBOSE")
      let path = try folder.sign("ecdsa", 256, validity: "20200101:20200102")
      defer { folder.remove(path) }
      let failure = try await LiveTests.failure {
        _ = try await LiveTests.client(server).connect(
          to: server.target([.keyFile(path: path, passphrase: nil)]))
      }
      #expect(failure.code == .authFailed)
      #expect(failure.message.contains("certificate \(path)-cert.pub (expired)"))
      #expect(!server.log.contains("-CERT"))
    }

    @Test(arguments: ["rsa", "ed25519"])
    func aCertificateThatCannotBeUsedIsExplained(_ type: String) async throws {
      let folder = try Authority()
      let server = try TestServer("TrustedUserCAKeys \(folder.path).pub")
      let path = try folder.sign(type, type == "rsa" ? 2048 : 256, validity: "+1h")
      defer { folder.remove(path) }
      guard libssh2Version.hasPrefix("1.10.") else { return }
      let failure = try await LiveTests.failure {
        _ = try await LiveTests.client(server).connect(
          to: server.target([.keyFile(path: path, passphrase: nil)]))
      }
      #expect(failure.message.contains("\(type.uppercased()) certificates need libssh2 1.11"))
    }

    /// A certificate authority's key.
    final class Authority {
      let path = NSTemporaryDirectory() + "gantry-ca-\(UUID().uuidString.prefix(8))"

      init() throws { try Tool.run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path) }

      deinit { remove(path) }

      /// Makes a key with a certificate for root beside it.
      func sign(_ type: String, _ bits: Int, validity: String) throws -> String {
        let key = NSTemporaryDirectory() + "gantry-key-\(UUID().uuidString.prefix(8))"
        try Tool.run("/usr/bin/ssh-keygen", "-q", "-t", type, "-b", "\(bits)", "-N", "", "-f", key)
        try Tool.run(
          "/usr/bin/ssh-keygen", "-q", "-s", path, "-I", "test", "-n", "root", "-V", validity, key + ".pub")
        return key
      }

      func remove(_ path: String) { for suffix in ["", ".pub", "-cert.pub"] { unlink(path + suffix) } }
    }
  }
}
