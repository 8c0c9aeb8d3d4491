import Crypto
import FoundationEssentials
import _CryptoExtras

/// An RSA key in memory. It signs with RSASSA-PKCS1-v1_5 and SHA-512 (rsa-sha2-512, RFC 8332).
struct RSASigner: Signer {
  let publicKey: PublicKey
  private let key: _RSA.Signing.PrivateKey

  /// From the numbers of an openssh-key-v1 file. Throws when they are no key of 2048 bits or more.
  init(n: [UInt8], e: [UInt8], d: [UInt8], p: [UInt8], q: [UInt8]) throws {
    key = try _RSA.Signing.PrivateKey(n: n, e: e, d: d, p: p, q: q)
    publicKey = try Self.publicKey(n: n, e: e)
  }

  /// From PEM, PKCS#1 or PKCS#8.
  init(pem: String) throws {
    key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
    let numbers = try key.publicKey.getKeyPrimitives()
    publicKey = try Self.publicKey(n: Array(numbers.modulus), e: Array(numbers.publicExponent))
  }

  func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8] {
    do {
      return Array(
        try key.signature(for: SHA512.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation)
    } catch {
      throw SigningError(text: "the RSA key could not sign")
    }
  }

  private static func publicKey(n: [UInt8], e: [UInt8]) throws -> PublicKey {
    var writer = WireWriter()
    writer.string("ssh-rsa")
    writer.unsigned(e)
    writer.unsigned(n)
    guard let key = PublicKey(blob: writer.bytes) else { throw SigningError(text: "not an RSA key") }
    return key
  }
}
