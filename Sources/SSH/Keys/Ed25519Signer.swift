import Crypto

/// An Ed25519 key in memory (RFC 8709).
struct Ed25519Signer: Signer {
  let publicKey: PublicKey
  private let key: Curve25519.Signing.PrivateKey

  /// From the 32 bytes of the seed.
  init(seed: [UInt8]) throws {
    key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
    var writer = WireWriter()
    writer.string("ssh-ed25519")
    writer.string(Array(key.publicKey.rawRepresentation))
    guard let publicKey = PublicKey(blob: writer.bytes) else {
      throw SigningError(text: "not an Ed25519 key")
    }
    self.publicKey = publicKey
  }

  func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8] {
    do {
      return Array(try key.signature(for: data))
    } catch {
      throw SigningError(text: "the Ed25519 key could not sign")
    }
  }
}
