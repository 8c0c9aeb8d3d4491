import Crypto

/// bcrypt_pbkdf, by which OpenSSH makes a key of a passphrase (its PROTOCOL.key, "KDF options for kdfname
/// bcrypt"). No library that is at hand has it.
enum BcryptKeyDerivation {
  /// - Parameter rounds: as the key file says; each takes a good hundredth of a second.
  static func key(passphrase: [UInt8], salt: [UInt8], rounds: Int, count: Int) -> [UInt8] {
    let blocks = (count + 31) / 32
    let password = Array(SHA512.hash(data: passphrase))
    var key = [UInt8](repeating: 0, count: blocks * 32)
    for block in 1...max(1, blocks) {
      let number = UInt32(block)
      let suffix = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
      var part = hash(password, Array(SHA512.hash(data: salt + suffix)))
      var sum = part
      for _ in 1..<max(1, rounds) {
        part = hash(password, Array(SHA512.hash(data: part)))
        for index in sum.indices { sum[index] ^= part[index] }
      }
      // Neighbouring bytes of the key come from different blocks, so that half a key costs as much as all.
      for (index, byte) in sum.enumerated() where index * blocks + block - 1 < key.count {
        key[index * blocks + block - 1] = byte
      }
    }
    return Array(key.prefix(count))
  }

  /// 32 bytes of a password's and a salt's SHA-512.
  private static func hash(_ password: [UInt8], _ salt: [UInt8]) -> [UInt8] {
    var cipher = Blowfish()
    cipher.expand(salt: salt, key: password)
    for _ in 0..<64 {
      cipher.expand(salt: [], key: salt)
      cipher.expand(salt: [], key: password)
    }
    let text = Array("OxychromaticBlowfishSwatDynamite".utf8)
    var words = stride(from: 0, to: 32, by: 4).map { start in
      text[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    for _ in 0..<64 { cipher.encrypt(&words) }
    return words.flatMap { word in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
  }
}
