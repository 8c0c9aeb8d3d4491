import CLibSSH2

/// Which algorithms a session offers (RFC 4253, section 7.1): never a weak one, the cheapest good one first.
///
/// Not offered, whatever a configuration says: SHA-1 signatures (ssh-rsa, ssh-dss), 3DES, Blowfish, CAST and RC4, MACs
/// of MD5, RIPEMD or 96 bits, and key exchanges with SHA-1.
struct Algorithms: Sendable, Equatable {
  var keyExchanges: [String]
  var hostKeys: [String]
  var ciphers: [String]
  var macs: [String]

  /// What a library has, by the names of the RFCs.
  struct Library: Sendable {
    /// In its own order.
    var keyExchanges: [String] = []
    var hostKeys: Set<String> = []
    var ciphers: Set<String> = []
    var macs: Set<String> = []
    /// Key exchange preferences can be set without losing the extensions (RFC 8308), as 1.11.0 does.
    var keepsExtensions = true
    /// It does not let anybody drop or add packets before the encryption begins (CVE-2023-48795, Terrapin).
    var hasStrictKeyExchange = false
  }

  /// CTR before GCM: libssh2 hands either to OpenSSL 16 bytes at a time, which GCM suffers from more.
  /// ChaCha20 last: sshd rekeys it after 1 GiB, AES after 64 GiB.
  private static let usualCiphers = [
    "aes128-ctr", "aes256-ctr", "aes192-ctr", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
  ]

  /// Only for those who ask for them.
  private static let oldCiphers = ["aes128-cbc", "aes192-cbc", "aes256-cbc"]

  /// SHA-256 has instructions of its own on current processors. HMAC-SHA1 is not broken; old servers have
  /// only it.
  private static let usualMACs = [
    "hmac-sha2-256-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-512",
    "hmac-sha1",
  ]

  private static let usualHostKeys = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
    "rsa-sha2-256",
  ]

  /// What is offered when nobody says anything.
  init(_ library: Library) {
    hostKeys = Self.usualHostKeys.filter(library.hostKeys.contains)
    ciphers = Self.usualCiphers.filter(library.ciphers.contains)
    macs = Self.usualMACs.filter(library.macs.contains)
    keyExchanges = library.keyExchanges.filter { name in
      !name.hasSuffix("-sha1") && !name.hasPrefix("ext-info") && !name.hasPrefix("kex-strict")
    }
    if !library.hasStrictKeyExchange { ciphers.removeAll { $0.hasPrefix("chacha20-") } }
  }

  /// What may be offered at all, usual or not.
  static func allowed(_ library: Library) -> Algorithms {
    var all = Algorithms(library)
    all.ciphers += oldCiphers.filter(library.ciphers.contains)
    return all
  }

  /// What is offered under a configuration: its lists, as far as they are allowed; the usual where it says nothing.
  init(_ library: Library, _ preferences: AlgorithmPreferences) {
    self.init(library)
    let allowed = Self.allowed(library)
    func choose(_ wanted: [String]?, _ usual: inout [String], _ allowed: [String]) {
      let names = wanted?.filter(allowed.contains) ?? []
      if !names.isEmpty { usual = names }
    }
    choose(preferences.keyExchanges, &keyExchanges, allowed.keyExchanges)
    choose(preferences.hostKeys, &hostKeys, allowed.hostKeys)
    choose(preferences.ciphers, &ciphers, allowed.ciphers)
    choose(preferences.macs, &macs, allowed.macs)
    // CBC with encrypt-then-MAC is the other half of Terrapin.
    if !library.hasStrictKeyExchange, ciphers.contains(where: { $0.hasSuffix("-cbc") }) {
      macs.removeAll { $0.contains("-etm@") }
    }
  }

  /// Puts the algorithms of these types of host keys first, so that the server shows a key that can be checked.
  func preferring(_ knownTypes: [String]) -> Algorithms {
    var result = self
    let known = knownTypes.flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [$0] }
      .filter(hostKeys.contains)
    result.hostKeys = known + hostKeys.filter { !known.contains($0) }
    return result
  }

  // MARK: The linked library

  static let library: Library = {
    guard let session = libssh2_session_init_ex(nil, nil, nil, nil) else { return Library() }
    defer { libssh2_session_free(session) }
    func names(_ method: Int32) -> [String] {
      var list: UnsafeMutablePointer<UnsafePointer<CChar>?>?
      // Unsafe: the array has `count` entries and is ours until libssh2_free; the names are static strings.
      let count = libssh2_session_supported_algs(session, method, &list)
      guard count > 0, let list else { return [] }
      defer { libssh2_free(session, list) }
      return (0..<Int(count)).compactMap { list[$0].map { String(cString: $0) } }
    }
    let exchanges = names(LIBSSH2_METHOD_KEX)
    return Library(
      keyExchanges: exchanges, hostKeys: Set(names(LIBSSH2_METHOD_HOSTKEY)),
      ciphers: Set(names(LIBSSH2_METHOD_CRYPT_CS)), macs: Set(names(LIBSSH2_METHOD_MAC_CS)),
      keepsExtensions: LibSSH2.release != (1, 11, 0),
      hasStrictKeyExchange: LibSSH2.release >= (1, 11, 1) || exchanges.contains { $0.hasPrefix("kex-strict") }
    )
  }()

  /// What may be offered by the linked library.
  static let allowed = allowed(library)
  /// What the linked library offers when nobody says anything.
  static let usual = Algorithms(library)

  /// Sets a session's preferences, before its handshake.
  func apply(to session: Session) {
    set(session, LIBSSH2_METHOD_CRYPT_CS, ciphers)
    set(session, LIBSSH2_METHOD_CRYPT_SC, ciphers)
    set(session, LIBSSH2_METHOD_MAC_CS, macs)
    set(session, LIBSSH2_METHOD_MAC_SC, macs)
    set(session, LIBSSH2_METHOD_HOSTKEY, hostKeys)
    // 1.11.0 forgets its extension names (ext-info-c, kex-strict) once a preference is set, and 1.11.1 adds
    // them again. What is dropped here, the groups of SHA-1, no current server has on offer.
    if Self.library.keepsExtensions { set(session, LIBSSH2_METHOD_KEX, keyExchanges) }
  }

  private func set(_ session: Session, _ method: Int32, _ names: [String]) {
    // Nothing left would mean a library without any of these; its own order is then all there is.
    guard !names.isEmpty else { return }
    libssh2_session_method_pref(session.pointer, method, names.joined(separator: ","))
  }
}
