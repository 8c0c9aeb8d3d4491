import FoundationEssentials

/// An OpenSSH user certificate (OpenSSH's PROTOCOL.certkeys).
struct Certificate: Sendable, Hashable {
  /// The certificate as the server is shown it.
  let publicKey: PublicKey
  /// The key that it certifies.
  let subject: PublicKey
  /// Seconds since 1970 from which it does not hold any more.
  let validBefore: UInt64

  private static let suffix = "-cert-v01@openssh.com"
  private static let user: UInt32 = 1

  /// Returns nil for what is no user certificate.
  init?(_ key: PublicKey) {
    guard key.type.hasSuffix(Self.suffix) else { return nil }
    let plain = String(key.type.dropLast(Self.suffix.count))
    var reader = WireReader(key.blob)
    // The type, and a nonce of the authority's.
    guard reader.text() != nil, reader.string() != nil else { return nil }
    var writer = WireWriter()
    writer.string(plain)
    for _ in 0..<(plain == "ssh-ed25519" ? 1 : 2) {
      guard let field = reader.string() else { return nil }
      writer.string(field)
    }
    guard let subject = PublicKey(blob: writer.bytes), reader.bytes(8) != nil,
      reader.uint32() == Self.user, reader.string() != nil, reader.string() != nil, reader.bytes(8) != nil,
      let end = reader.bytes(8)
    else { return nil }
    publicKey = key
    self.subject = subject
    validBefore = end.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// From the line of a `.pub` file.
  init?(line: String) {
    guard let key = PublicKey(line: line) else { return nil }
    self.init(key)
  }

  var hasExpired: Bool { Double(validBefore) <= Date().timeIntervalSince1970 }

  /// Whether the linked library can name the signature, which has the name of the key and not of the certificate.
  /// Before 1.11 it does so for ECDSA alone: for RSA it would say "ssh-rsa", SHA-1, and the type inside the
  /// certificate cannot be another, since the authority has signed it.
  var canBeShown: Bool { subject.type.hasPrefix("ecdsa-") || LibSSH2.knowsRSAWithSHA2 }
}

extension PublicKey {
  /// From a line of authorized_keys or a `.pub` file without options: type, base64, comment.
  init?(line: String) {
    let words = line.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline })
    guard words.count >= 2, let blob = Data(base64Encoded: String(words[1])) else { return nil }
    self.init(blob: Array(blob))
    guard type == words[0] else { return nil }
  }
}

/// A key that shows a certificate in place of itself.
struct CertificateSigner: Signer {
  let certificate: Certificate
  let key: any Signer

  var publicKey: PublicKey { certificate.publicKey }

  func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8] { try await key.sign(data) }
}
