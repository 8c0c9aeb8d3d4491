import Testing

@testable import SSH

/// What is offered for each release of libssh2, by its lists as `libssh2_session_supported_algs` gives them.
@Suite struct AlgorithmsTests {
  static let exchanges = [
    "ecdh-sha2-nistp256", "curve25519-sha256", "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1", "diffie-hellman-group-exchange-sha1", "ext-info-c",
  ]
  static let old = Algorithms.Library(
    keyExchanges: exchanges,
    hostKeys: [
      "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ssh-ed25519", "ssh-rsa", "ssh-dss",
    ],
    ciphers: [
      "aes256-ctr", "aes192-ctr", "aes128-ctr", "aes256-cbc", "rijndael-cbc@lysator.liu.se", "aes192-cbc",
      "aes128-cbc", "blowfish-cbc", "arcfour128", "arcfour", "cast128-cbc", "3des-cbc",
    ],
    macs: [
      "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96",
      "hmac-ripemd160",
      "hmac-ripemd160@openssh.com",
    ])
  static let middle: Algorithms.Library = {
    var library = old
    library.ciphers.formUnion([
      "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com",
    ])
    library.macs.formUnion(["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"])
    library.hostKeys.formUnion(["rsa-sha2-512", "rsa-sha2-256"])
    library.keepsExtensions = false
    return library
  }()
  static let new: Algorithms.Library = {
    var library = middle
    library.keyExchanges.append("kex-strict-c-v00@openssh.com")
    library.keepsExtensions = true
    library.hasStrictKeyExchange = true
    return library
  }()

  static let weak = [
    "ssh-rsa", "ssh-dss", "3des", "arcfour", "blowfish", "cast128", "md5", "ripemd", "-96", "group1-",
    "sha1-",
    "rijndael",
  ]

  /// Whatever is asked for, too.
  @Test(arguments: [old, middle, new], [false, true])
  func nothingWeakIsOffered(_ library: Algorithms.Library, _ everythingIsAsked: Bool) {
    var preferences = AlgorithmPreferences()
    if everythingIsAsked {
      preferences = AlgorithmPreferences(
        keyExchanges: library.keyExchanges, hostKeys: library.hostKeys.sorted(),
        ciphers: library.ciphers.sorted(), macs: library.macs.sorted())
    }
    let offer = Algorithms(library, preferences)
    let names = offer.keyExchanges + offer.hostKeys + offer.ciphers + offer.macs
    for name in names {
      #expect(!Self.weak.contains { name.contains($0) }, "\(name)")
      #expect(!name.hasSuffix("-sha1") || name == "hmac-sha1", "\(name)")
      #expect(!name.hasPrefix("ext-info") && !name.hasPrefix("kex-strict"))
    }
    #expect(!offer.keyExchanges.isEmpty && !offer.hostKeys.isEmpty && !offer.ciphers.isEmpty)
    #expect(!offer.macs.isEmpty && offer.macs.contains("hmac-sha2-256"))
    if !everythingIsAsked { #expect(!offer.ciphers.contains { $0.hasSuffix("-cbc") }) }
  }

  /// CVE-2023-48795: without strict key exchange neither ChaCha20 nor CBC with encrypt-then-MAC.
  @Test func terrapin() {
    let asked = AlgorithmPreferences(ciphers: ["chacha20-poly1305@openssh.com", "aes256-cbc"])
    let without = Algorithms(Self.middle, asked)
    #expect(without.ciphers == ["aes256-cbc"])
    #expect(without.macs == ["hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"])
    #expect(!Algorithms(Self.middle).ciphers.contains { $0.hasPrefix("chacha") })
    #expect(Algorithms(Self.middle).macs.first == "hmac-sha2-256-etm@openssh.com")
    let with = Algorithms(Self.new, asked)
    #expect(with.ciphers == ["chacha20-poly1305@openssh.com", "aes256-cbc"])
    #expect(with.macs.first == "hmac-sha2-256-etm@openssh.com")
    #expect(Algorithms(Self.new).ciphers.last == "chacha20-poly1305@openssh.com")
  }

  @Test func listsOfAConfiguration() {
    let asked = AlgorithmPreferences(
      keyExchanges: ["diffie-hellman-group1-sha1", "curve25519-sha256"], hostKeys: ["ssh-rsa"],
      macs: ["umac-64@openssh.com", "hmac-sha2-512"])
    let offer = Algorithms(Self.old, asked)
    #expect(offer.keyExchanges == ["curve25519-sha256"])
    // Nothing of it may be offered, so the usual is.
    #expect(offer.hostKeys == ["ssh-ed25519", "ecdsa-sha2-nistp256"])
    #expect(offer.macs == ["hmac-sha2-512"])
    #expect(offer.ciphers == ["aes128-ctr", "aes256-ctr", "aes192-ctr"])
  }

  @Test func theKnownTypeComesFirst() {
    let usual = Algorithms(Self.new)
    #expect(usual.preferring(["ecdsa-sha2-nistp256"]).hostKeys.first == "ecdsa-sha2-nistp256")
    #expect(usual.preferring(["ssh-rsa"]).hostKeys.prefix(2) == ["rsa-sha2-512", "rsa-sha2-256"])
    #expect(usual.preferring(["ssh-dss"]) == usual)
    #expect(Set(usual.preferring(["ssh-rsa"]).hostKeys) == Set(usual.hostKeys))
  }
}
