import CKeyStream
import Testing

/// The AES in counter mode that libssh2 gets from OpenSSL here, against the examples of NIST SP 800-38A, appendix F.5, and
/// against OpenSSL's own.
@Suite struct KeyStreamTests {
  static let isInstalled = key_stream_install() == 1

  static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }

  static let counter = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
  static let plain = bytes(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
  )

  /// Runs text through a cipher in pieces, the last of them what is left.
  static func run(
    _ name: String, _ properties: String?, key: [UInt8], _ text: [UInt8], pieces: [Int], encrypts: Bool = true
  ) throws -> [UInt8] {
    let cipher = try #require(EVP_CIPHER_fetch(nil, name, properties))
    defer { EVP_CIPHER_free(cipher) }
    let context = try #require(EVP_CIPHER_CTX_new())
    defer { EVP_CIPHER_CTX_free(context) }
    #expect(EVP_CipherInit(context, cipher, key, counter, encrypts ? 1 : 0) == 1)
    var result = text
    var position = 0
    var next = 0
    while position < text.count {
      let count = min(pieces[next % pieces.count], text.count - position)
      next += 1
      let done = result.withUnsafeMutableBytes { bytes in
        let start = bytes.baseAddress?.advanced(by: position).assumingMemoryBound(to: UInt8.self)
        return EVP_Cipher(context, start, start, UInt32(count))
      }
      #expect(done == Int32(count))
      position += count
    }
    return result
  }

  @Test(arguments: [
    (
      "AES-128-CTR", "2b7e151628aed2a6abf7158809cf4f3c",
      "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"
    ),
    (
      "AES-192-CTR", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
      "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e941e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050"
    ),
    (
      "AES-256-CTR", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
      "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"
    ),
  ])
  func examples(_ name: String, _ key: String, _ encrypted: String) throws {
    try #require(Self.isInstalled)
    let key = Self.bytes(key)
    for pieces in [[16], [1], [64], [5, 16, 3]] {
      #expect(
        try Self.run(name, "provider=gantry", key: key, Self.plain, pieces: pieces) == Self.bytes(encrypted))
    }
    let back = try Self.run(
      name, "provider=gantry", key: key, Self.bytes(encrypted), pieces: [16], encrypts: false)
    #expect(back == Self.plain)
  }

  @Test func isOpenSSLsOwnOverManyPages() throws {
    try #require(Self.isInstalled)
    let key = Self.bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let expected = try Self.run("AES-256-CTR", "provider=default", key: key, text, pieces: [100_000])
    for pieces in [[16], [4096], [4095, 2, 16], [70_000]] {
      #expect(try Self.run("AES-256-CTR", "provider=gantry", key: key, text, pieces: pieces) == expected)
    }
  }

  /// As the random number generator does it, which gets OpenSSL's own all the same.
  @Test func aNewVectorBeginsANewStream() throws {
    try #require(Self.isInstalled)
    let key = Self.bytes("2b7e151628aed2a6abf7158809cf4f3c")
    for properties in ["provider=gantry", "provider=default"] {
      let cipher = try #require(EVP_CIPHER_fetch(nil, "AES-128-CTR", properties))
      defer { EVP_CIPHER_free(cipher) }
      let context = try #require(EVP_CIPHER_CTX_new())
      defer { EVP_CIPHER_CTX_free(context) }
      #expect(EVP_CipherInit(context, cipher, key, nil, 1) == 1)
      for _ in 0..<2 {
        #expect(EVP_CipherInit(context, nil, nil, Self.counter, 1) == 1)
        var block = Array(Self.plain.prefix(16))
        #expect(EVP_Cipher(context, &block, block, 16) == 16)
        #expect(block == Self.bytes("874d6191b620e3261bef6864990db6ce"), "\(properties)")
      }
    }
  }

  /// Who asks for no provider, as libssh2 does, gets this one; what it does not have comes from OpenSSL.
  @Test func isWhatOpenSSLGivesOut() throws {
    try #require(Self.isInstalled)
    func provider(_ name: String) throws -> String {
      let cipher = try #require(EVP_CIPHER_fetch(nil, name, nil))
      defer { EVP_CIPHER_free(cipher) }
      return String(cString: OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)))
    }
    #expect(try provider("AES-128-CTR") == "gantry")
    #expect(try provider("AES-256-GCM") == "default")
  }
}
