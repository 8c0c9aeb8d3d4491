import CLibSSH2

/// Which algorithms a session offers (RFC 4253, section 7.1): never a weak one, the cheapest good one first.
enum Algorithms {
  /// What the linked library knows, by libssh2's method numbers.
  private static let supported: [Int32: [String]] = {
    guard let session = libssh2_session_init_ex(nil, nil, nil, nil) else { return [:] }
    defer { libssh2_session_free(session) }
    var table: [Int32: [String]] = [:]
    for method in [
      LIBSSH2_METHOD_KEX, LIBSSH2_METHOD_HOSTKEY, LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_MAC_CS,
    ] {
      var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
      // Unsafe: the array has `count` entries and is ours until libssh2_free; the names are static strings.
      let count = libssh2_session_supported_algs(session, method, &names)
      guard count > 0, let names else { continue }
      table[method] = (0..<Int(count)).compactMap { names[$0].map { String(cString: $0) } }
      libssh2_free(session, names)
    }
    return table
  }()

  /// CTR before GCM: libssh2 hands either to OpenSSL 16 bytes at a time, which GCM suffers from more.
  /// ChaCha20 last: sshd rekeys it after 1 GiB, AES after 64 GiB.
  private static let ciphers = [
    "aes128-ctr", "aes256-ctr", "aes192-ctr", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
  ]

  /// SHA-256 has instructions of its own on current processors. HMAC-SHA1 is not broken; old servers have
  /// only it.
  private static let macs = [
    "hmac-sha2-256-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-512",
    "hmac-sha1",
  ]

  private static let hostKeys = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
    "rsa-sha2-256",
  ]

  /// Sets a session's preferences, before its handshake.
  ///
  /// - Parameter knownTypes: the types of the host's known keys. Their algorithms come first, so that the
  ///   server shows a key that can be checked.
  static func apply(to session: Session, knownTypes: [String], preferences: AlgorithmPreferences) {
    let ciphers = preferences.ciphers ?? ciphers
    let macs = preferences.macs ?? macs
    let hostKeys = preferences.hostKeys ?? hostKeys
    set(session, LIBSSH2_METHOD_CRYPT_CS, ciphers)
    set(session, LIBSSH2_METHOD_CRYPT_SC, ciphers)
    set(session, LIBSSH2_METHOD_MAC_CS, macs)
    set(session, LIBSSH2_METHOD_MAC_SC, macs)
    let known = knownTypes.flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [$0] }
      .filter(hostKeys.contains)
    set(session, LIBSSH2_METHOD_HOSTKEY, known + hostKeys.filter { !known.contains($0) })
    // 1.11.0 forgets its extension names (ext-info-c, kex-strict) once a preference is set, and 1.11.1 adds
    // them again. What is dropped here, the groups of SHA-1, no current server has on offer.
    if let names = preferences.keyExchanges {
      set(session, LIBSSH2_METHOD_KEX, names)
    } else if LibSSH2.release != (1, 11, 0) {
      let good = (supported[LIBSSH2_METHOD_KEX] ?? []).filter { name in
        !name.hasSuffix("-sha1") && !name.hasPrefix("ext-info") && !name.hasPrefix("kex-strict")
      }
      set(session, LIBSSH2_METHOD_KEX, good)
    }
  }

  private static func set(_ session: Session, _ method: Int32, _ names: [String]) {
    // CRYPT_SC and MAC_SC know the same names as their counterparts.
    let table =
      switch method {
      case LIBSSH2_METHOD_CRYPT_SC: LIBSSH2_METHOD_CRYPT_CS
      case LIBSSH2_METHOD_MAC_SC: LIBSSH2_METHOD_MAC_CS
      default: method
      }
    let known = names.filter { supported[table]?.contains($0) ?? false }
    // Nothing left would mean a library without any of these; its own order is then all there is.
    guard !known.isEmpty else { return }
    libssh2_session_method_pref(session.pointer, method, known.joined(separator: ","))
  }
}
