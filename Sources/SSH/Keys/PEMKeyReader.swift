import FoundationEssentials
import SwiftASN1

/// Reads PEM private keys: PKCS#1 ("RSA"), SEC 1 ("EC") and PKCS#8, each also encrypted.
enum PEMKeyReader {
  private static let damaged = SigningError(text: "damaged, or a kind of key that is not supported")

  static func read(text: String, label: String) -> PrivateKeyFile {
    guard let body = Body(text, label), let data = Data(base64Encoded: body.base64).map({ Array($0) }) else {
      return .unusable("damaged")
    }
    if label == "ENCRYPTED PRIVATE KEY" {
      return .locked(
        LockedKey(publicKey: nil) { passphrase throws(SigningError) in
          try signer(PEMCipher.decryptPKCS8(data, passphrase), label: "PRIVATE KEY", afterUnlock: true)
        })
    }
    if let parameters = body.dekInfo {
      return .locked(
        LockedKey(publicKey: nil) { passphrase throws(SigningError) in
          try signer(
            PEMCipher.decrypt(data, dekInfo: parameters, passphrase), label: label, afterUnlock: true)
        })
    }
    do {
      return .signer(try signer(data, label: label, afterUnlock: false))
    } catch {
      return .unusable(error.text)
    }
  }

  /// - Parameter afterUnlock: bytes that are no key then mean a wrong passphrase whose padding fitted by chance.
  private static func signer(_ der: [UInt8], label: String, afterUnlock: Bool) throws(SigningError)
    -> any Signer
  {
    let base64 = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    let pem = "-----BEGIN \(label)-----\n\(base64)\n-----END \(label)-----\n"
    if label != "EC PRIVATE KEY", let signer = try? RSASigner(pem: pem) { return signer }
    if label != "RSA PRIVATE KEY", let signer = try? ECDSASigner(pem: pem) { return signer }
    if label == "PRIVATE KEY", let seed = try? ed25519Seed(der), let signer = try? Ed25519Signer(seed: seed) {
      return signer
    }
    throw afterUnlock && (try? DER.parse(der)) == nil ? LockedKey.wrongPassphrase : damaged
  }

  /// The 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410, section 7).
  private static func ed25519Seed(_ der: [UInt8]) throws -> [UInt8]? {
    try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
      _ = try Int(derEncoded: &nodes)
      let isEd25519 = try DER.sequence(in: &nodes) {
        try ASN1ObjectIdentifier(derEncoded: &$0) == [1, 3, 101, 112]
      }
      let inner = try ASN1OctetString(derEncoded: &nodes).bytes
      // A public key or attributes may follow.
      while nodes.next() != nil {}
      return isEd25519 ? Array(try ASN1OctetString(derEncoded: Array(inner)).bytes) : nil
    }
  }

  /// The text between the BEGIN and END lines (RFC 7468; RFC 1421, 4.6 for the headers).
  private struct Body {
    let base64: String
    /// The header of that name, when the key is encrypted in the traditional way.
    private(set) var dekInfo: Substring?

    init?(_ text: String, _ label: String) {
      let lines = text.split(whereSeparator: \.isNewline)
      guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN \(label)-----") }),
        let end = lines.firstIndex(where: { $0.hasPrefix("-----END \(label)-----") }), begin < end
      else { return nil }
      let inside = lines[(begin + 1)..<end]
      let headers = inside.prefix { $0.contains(":") }
      dekInfo = headers.first { $0.hasPrefix("DEK-Info:") }?.dropFirst("DEK-Info:".count)
      base64 = inside.dropFirst(headers.count).joined().filter { !$0.isWhitespace }
    }
  }
}
