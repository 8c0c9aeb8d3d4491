import Crypto

/// An ECDSA key in memory, on one of the three curves of RFC 5656.
struct ECDSASigner: Signer {
  private enum Key {
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)
  }

  let publicKey: PublicKey
  private let key: Key

  /// From the private number, for the curve "nistp256", "nistp384" or "nistp521".
  init(curve: String, scalar: [UInt8]) throws {
    func padded(_ size: Int) -> [UInt8] { [UInt8](repeating: 0, count: max(0, size - scalar.count)) + scalar }
    switch curve {
    case "nistp256": try self.init(.p256(.init(rawRepresentation: padded(32))))
    case "nistp384": try self.init(.p384(.init(rawRepresentation: padded(48))))
    case "nistp521": try self.init(.p521(.init(rawRepresentation: padded(66))))
    default: throw SigningError(text: "no such curve")
    }
  }

  /// From PEM, SEC 1 or PKCS#8; the curve is found by trying.
  init(pem: String) throws {
    if let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) {
      try self.init(.p256(key))
    } else if let key = try? P384.Signing.PrivateKey(pemRepresentation: pem) {
      try self.init(.p384(key))
    } else {
      try self.init(.p521(.init(pemRepresentation: pem)))
    }
  }

  private init(_ key: Key) throws {
    self.key = key
    let (curve, point) =
      switch key {
      case .p256(let key): ("nistp256", Array(key.publicKey.x963Representation))
      case .p384(let key): ("nistp384", Array(key.publicKey.x963Representation))
      case .p521(let key): ("nistp521", Array(key.publicKey.x963Representation))
      }
    var writer = WireWriter()
    writer.string("ecdsa-sha2-" + curve)
    writer.string(curve)
    writer.string(point)
    guard let publicKey = PublicKey(blob: writer.bytes) else { throw SigningError(text: "not an ECDSA key") }
    self.publicKey = publicKey
  }

  func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8] {
    let numbers: [UInt8]
    do {
      // Each curve signs with the hash that RFC 5656, 6.2.1 gives it: SHA-256, SHA-384, SHA-512.
      numbers =
        switch key {
        case .p256(let key): Array(try key.signature(for: data).rawRepresentation)
        case .p384(let key): Array(try key.signature(for: data).rawRepresentation)
        case .p521(let key): Array(try key.signature(for: data).rawRepresentation)
        }
    } catch {
      throw SigningError(text: "the ECDSA key could not sign")
    }
    // RFC 5656, 3.1.2: the two numbers as mpints.
    var writer = WireWriter()
    writer.unsigned(numbers.prefix(numbers.count / 2))
    writer.unsigned(numbers.suffix(numbers.count / 2))
    return writer.bytes
  }
}
