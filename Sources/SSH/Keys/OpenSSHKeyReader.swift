import Crypto
import FoundationEssentials
import _CryptoExtras

/// Reads "openssh-key-v1" files (OpenSSH's PROTOCOL.key).
enum OpenSSHKeyReader {
  static func read(text: String) -> PrivateKeyFile {
    let damaged = PrivateKeyFile.unusable("damaged")
    let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { $0 != " " && $0 != "\t" } }
    guard let begin = lines.firstIndex(of: "-----BEGINOPENSSHPRIVATEKEY-----"),
      let end = lines.firstIndex(of: "-----ENDOPENSSHPRIVATEKEY-----"), begin < end,
      let data = Data(base64Encoded: lines[(begin + 1)..<end].joined())
    else { return damaged }
    var reader = WireReader(data)
    guard reader.bytes(15) == Array("openssh-key-v1\0".utf8), let cipher = reader.text(),
      let derivation = reader.text(), let options = reader.string(), reader.uint32() == 1,
      let publicBlob = reader.string(), let publicKey = PublicKey(blob: publicBlob),
      let secret = reader.string()
    else { return damaged }
    if publicKey.type.hasPrefix("sk-") {
      return .unusable("a security key's handle, which libssh2 \(LibSSH2.version) cannot use for a login")
    }
    guard cipher == "none" else {
      return locked(publicKey, Lock(cipher: cipher, derivation: derivation, options: options), secret)
    }
    guard let signer = try? signer(secret) else {
      return .unusable("damaged, or a kind of key that is not supported (\(publicKey.shortType))")
    }
    return .signer(signer)
  }

  private static func locked(_ publicKey: PublicKey, _ lock: Lock?, _ secret: [UInt8]) -> PrivateKeyFile {
    guard let lock else {
      return .unusable(
        "encrypted in a way that is not supported; `ssh-keygen -p -Z aes256-ctr -f` rewrites it")
    }
    return .locked(
      LockedKey(publicKey: publicKey) { passphrase throws(SigningError) in
        guard let open = try? lock.open(secret, passphrase) else {
          throw SigningError(text: "damaged: the encrypted part has a wrong length")
        }
        // Two equal numbers show that the decryption was right.
        var reader = WireReader(open)
        guard let check = reader.uint32(), reader.uint32() == check else { throw LockedKey.wrongPassphrase }
        guard let signer = try? signer(open) else {
          throw SigningError(text: "a kind of key that is not supported (\(publicKey.shortType))")
        }
        return signer
      })
  }

  private static func signer(_ secret: [UInt8]) throws -> (any Signer)? {
    var reader = WireReader(secret)
    guard let check = reader.uint32(), reader.uint32() == check, let type = reader.text() else { return nil }
    switch type {
    case "ssh-rsa":
      guard let n = reader.unsigned(), let e = reader.unsigned(), let d = reader.unsigned(),
        reader.unsigned() != nil, let p = reader.unsigned(), let q = reader.unsigned()
      else { return nil }
      return try RSASigner(n: n, e: e, d: d, p: p, q: q)
    case "ssh-ed25519":
      // The private part is the seed and then the public key again.
      guard reader.string() != nil, let pair = reader.string(), pair.count == 64 else { return nil }
      return try Ed25519Signer(seed: Array(pair.prefix(32)))
    case let type where type.hasPrefix("ecdsa-sha2-"):
      guard let curve = reader.text(), reader.string() != nil, let scalar = reader.unsigned() else {
        return nil
      }
      return try ECDSASigner(curve: curve, scalar: scalar)
    default:
      return nil
    }
  }

  /// How a key file is encrypted.
  private struct Lock: Sendable {
    private let keySize: Int
    private let isCounter: Bool
    private let salt: [UInt8]
    private let rounds: Int

    /// Returns nil for what is not supported.
    init?(cipher: String, derivation: String, options: [UInt8]) {
      switch cipher {
      case "aes128-ctr", "aes128-cbc": keySize = 16
      case "aes192-ctr", "aes192-cbc": keySize = 24
      case "aes256-ctr", "aes256-cbc": keySize = 32
      default: return nil
      }
      isCounter = cipher.hasSuffix("-ctr")
      var reader = WireReader(options)
      // More rounds than this would take minutes; ssh-keygen makes 16 or 24.
      guard derivation == "bcrypt", let salt = reader.string(), !salt.isEmpty, let rounds = reader.uint32(),
        (1...10_000).contains(rounds)
      else { return nil }
      self.salt = salt
      self.rounds = Int(rounds)
    }

    func open(_ secret: [UInt8], _ passphrase: String) throws -> [UInt8] {
      let bytes = BcryptKeyDerivation.key(
        passphrase: Array(passphrase.utf8), salt: salt, rounds: rounds, count: keySize + 16)
      let key = SymmetricKey(data: bytes.prefix(keySize))
      let vector = bytes.suffix(16)
      if isCounter {
        return Array(try AES._CTR.decrypt(secret, using: key, nonce: AES._CTR.Nonce(nonceBytes: vector)))
      }
      // The padding is the format's own: 1, 2, 3, ….
      return Array(
        try AES._CBC.decrypt(secret, using: key, iv: AES._CBC.IV(ivBytes: vector), noPadding: true))
    }
  }
}
