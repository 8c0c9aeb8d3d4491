import Crypto
import FoundationEssentials
import SwiftASN1
import _CryptoExtras

/// Takes the encryption off PEM private keys: the traditional form, and PKCS#8 with PBES2.
enum PEMCipher {
  private static let unsupported = SigningError(
    text: "encrypted in a way that is not supported; `ssh-keygen -p -f` on a copy rewrites it")

  /// The traditional form of OpenSSL, with DEK-Info (RFC 1421, 4.6.1.3).
  ///
  /// - Parameter parameters: such as "AES-128-CBC,5F0E…".
  static func decrypt(_ data: [UInt8], dekInfo parameters: Substring, _ passphrase: String)
    throws(SigningError) -> [UInt8]
  {
    let parts = parameters.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    guard parts.count == 2, let vector = bytes(hexadecimal: parts[1]), vector.count == 16 else {
      throw unsupported
    }
    let size: Int
    switch parts[0].uppercased() {
    case "AES-128-CBC": size = 16
    case "AES-192-CBC": size = 24
    case "AES-256-CBC": size = 32
    default: throw unsupported
    }
    // EVP_BytesToKey with MD5 and one round: each block is the hash of the last, the passphrase and the salt.
    var key: [UInt8] = []
    var block: [UInt8] = []
    while key.count < size {
      block = Array(Insecure.MD5.hash(data: block + Array(passphrase.utf8) + vector.prefix(8)))
      key += block
    }
    return try decrypt(data, key: Array(key.prefix(size)), vector: vector)
  }

  /// EncryptedPrivateKeyInfo (RFC 5958, section 3) with PBES2 and PBKDF2 (RFC 8018, 6.2 and 5.2).
  static func decryptPKCS8(_ der: [UInt8], _ passphrase: String) throws(SigningError) -> [UInt8] {
    guard let info = try? EncryptedKeyInfo(der), let size = info.keySize, let hash = info.hash,
      (1...10_000_000).contains(info.rounds),
      let key = try? KDF.Insecure.PBKDF2.deriveKey(
        from: Array(passphrase.utf8), salt: info.salt, using: hash, outputByteCount: size,
        unsafeUncheckedRounds: info.rounds)
    else { throw unsupported }
    return try decrypt(info.data, key: key.withUnsafeBytes { Array($0) }, vector: info.vector)
  }

  private static func decrypt(_ data: [UInt8], key: [UInt8], vector: [UInt8]) throws(SigningError) -> [UInt8]
  {
    do {
      return Array(
        try AES._CBC.decrypt(data, using: SymmetricKey(data: key), iv: AES._CBC.IV(ivBytes: vector)))
    } catch {
      // The padding is what shows it.
      throw LockedKey.wrongPassphrase
    }
  }

  private static func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}

extension DER {
  /// Reads the SEQUENCE that comes next.
  static func sequence<Value>(
    in nodes: inout ASN1NodeCollection.Iterator,
    _ body: (inout ASN1NodeCollection.Iterator) throws -> Value
  ) throws -> Value {
    guard let node = nodes.next() else { throw SigningError(text: "damaged") }
    return try sequence(node, identifier: .sequence, body)
  }
}

/// The parts of an EncryptedPrivateKeyInfo.
private struct EncryptedKeyInfo {
  private(set) var salt: [UInt8] = []
  private(set) var rounds = 0
  /// PBKDF2 says nothing of its hash when that is HMAC-SHA1.
  private(set) var hash: KDF.Insecure.PBKDF2.HashFunction? = .insecureSHA1
  private(set) var keySize: Int?
  private(set) var vector: [UInt8] = []
  private(set) var data: [UInt8] = []

  private struct Other: Error {}

  init(_ der: [UInt8]) throws {
    var info = self
    try DER.sequence(try DER.parse(der), identifier: .sequence) { outer in
      try DER.sequence(in: &outer) { algorithm in
        guard try ASN1ObjectIdentifier(derEncoded: &algorithm) == [1, 2, 840, 113549, 1, 5, 13] else {
          throw Other()
        }
        try DER.sequence(in: &algorithm) { parameters in
          try DER.sequence(in: &parameters) { try info.readDerivation(&$0) }
          try DER.sequence(in: &parameters) { try info.readCipher(&$0) }
        }
      }
      info.data = Array(try ASN1OctetString(derEncoded: &outer).bytes)
    }
    self = info
  }

  private mutating func readDerivation(_ nodes: inout ASN1NodeCollection.Iterator) throws {
    guard try ASN1ObjectIdentifier(derEncoded: &nodes) == [1, 2, 840, 113549, 1, 5, 12] else { throw Other() }
    var info = self
    try DER.sequence(in: &nodes) { parameters in
      info.salt = Array(try ASN1OctetString(derEncoded: &parameters).bytes)
      info.rounds = try Int(derEncoded: &parameters)
      while let node = parameters.next() {
        // The key's length may be given; the cipher says it too.
        guard node.identifier == .sequence else { continue }
        try DER.sequence(node, identifier: .sequence) { algorithm in
          let name = try ASN1ObjectIdentifier(derEncoded: &algorithm)
          while algorithm.next() != nil {}
          info.hash =
            switch name {
            case [1, 2, 840, 113549, 2, 7]: .insecureSHA1
            case [1, 2, 840, 113549, 2, 9]: .sha256
            case [1, 2, 840, 113549, 2, 10]: .sha384
            case [1, 2, 840, 113549, 2, 11]: .sha512
            default: nil
            }
        }
      }
    }
    self = info
  }

  private mutating func readCipher(_ nodes: inout ASN1NodeCollection.Iterator) throws {
    switch try ASN1ObjectIdentifier(derEncoded: &nodes) {
    case [2, 16, 840, 1, 101, 3, 4, 1, 2]: keySize = 16
    case [2, 16, 840, 1, 101, 3, 4, 1, 22]: keySize = 24
    case [2, 16, 840, 1, 101, 3, 4, 1, 42]: keySize = 32
    default: throw Other()
    }
    vector = Array(try ASN1OctetString(derEncoded: &nodes).bytes)
  }
}
