import Fleet
import Foundation
import Inventory
import Testing

@testable import SSH

/// Private key files of every form, as OpenSSH and OpenSSL write them.
@Suite struct KeyTests {
  static let forms: [(type: String, bits: Int, format: String)] = [
    ("ed25519", 256, "RFC4716"), ("ecdsa", 256, "RFC4716"), ("ecdsa", 384, "PEM"), ("ecdsa", 521, "PKCS8"),
    ("rsa", 2048, "RFC4716"), ("rsa", 3072, "PEM"), ("rsa", 2048, "PKCS8"),
  ]

  @Test(arguments: forms) func aPassphraseUnlocksTheKeyItWasMadeFor(
    _ type: String, _ bits: Int, _ format: String
  ) async throws {
    let path = NSTemporaryDirectory() + "gantry-key-\(UUID().uuidString.prefix(8))"
    defer { for suffix in ["", ".pub"] { unlink(path + suffix) } }
    try Tool.run(
      "/usr/bin/ssh-keygen", "-q", "-t", type, "-b", "\(bits)", "-m", format, "-N", "secret wörds", "-f", path
    )
    let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
    let publicKey = try #require(PublicKey(line: line))
    guard case .locked(let key) = PrivateKeyFile(path: path) else {
      Issue.record("not locked")
      return
    }
    // From the file itself, or from the one beside it.
    #expect(key.publicKey == publicKey)
    let signer = try key.unlock("secret wörds")
    #expect(signer.publicKey == publicKey)
    _ = try await signer.sign([1, 2, 3])
    #expect(throws: LockedKey.wrongPassphrase) { try key.unlock("secret words") }
    // PEM does not tell the public key without the file beside it.
    unlink(path + ".pub")
    guard case .locked(let alone) = PrivateKeyFile(path: path) else {
      Issue.record("not locked")
      return
    }
    #expect(alone.publicKey == (format == "RFC4716" ? publicKey : nil))
  }

  @Test func ciphersOfOpenSSHKeys() throws {
    for cipher in ["aes128-ctr", "aes192-cbc", "aes256-cbc"] {
      let path = NSTemporaryDirectory() + "gantry-key-\(UUID().uuidString.prefix(8))"
      defer { for suffix in ["", ".pub"] { unlink(path + suffix) } }
      try Tool.run(
        "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-Z", cipher, "-a", "3", "-N", "words", "-f", path)
      guard case .locked(let key) = PrivateKeyFile(path: path) else {
        Issue.record("not locked: \(cipher)")
        continue
      }
      #expect(try key.unlock("words").publicKey == key.publicKey)
    }
  }

  @Test func otherEncryptionIsExplained() throws {
    let path = NSTemporaryDirectory() + "gantry-key-\(UUID().uuidString.prefix(8))"
    defer { for suffix in ["", ".pub"] { unlink(path + suffix) } }
    try Tool.run(
      "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com", "-N", "words",
      "-f",
      path)
    guard case .unusable(let reason) = PrivateKeyFile(path: path) else {
      Issue.record("usable")
      return
    }
    #expect(reason.contains("not supported"))
  }

  @Test func ed25519InPKCS8() throws {
    let path = NSTemporaryDirectory() + "gantry-key-\(UUID().uuidString.prefix(8))"
    defer { unlink(path) }
    try Tool.run("/usr/bin/openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    let text = try Tool.run("/usr/bin/openssl", "pkey", "-in", path, "-noout", "-text_pub")
    let digits = text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("    ") }.joined().filter(
      \.isHexDigit)
    guard case .signer(let signer) = PrivateKeyFile(path: path) else {
      Issue.record("no key")
      return
    }
    #expect(signer.publicKey.blob.suffix(32).map { String(format: "%02x", $0) }.joined() == digits)
  }

  /// The first words of the boxes, as everyone knows them.
  @Test func piBeginsAsItDoes() {
    #expect(PiFraction.words(4) == [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344])
    #expect(PiFraction.words(1042).last == 0x3ac3_72e6)
  }

  @Test func aPublicKeyAloneNamesOneOfAnAgent() throws {
    let path = NSTemporaryDirectory() + "gantry-key-\(UUID().uuidString.prefix(8))"
    defer { unlink(path + ".pub") }
    try Tool.run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
    unlink(path)
    for name in [path, path + ".pub"] {
      guard case .publicOnly(let key) = PrivateKeyFile(path: name) else {
        Issue.record("not public: \(name)")
        continue
      }
      #expect(key.type == "ssh-ed25519")
    }
    guard case .missing = PrivateKeyFile(path: path + "x") else {
      Issue.record("not missing")
      return
    }
  }
}
