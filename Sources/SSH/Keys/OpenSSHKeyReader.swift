import FoundationEssentials

/// Reads "openssh-key-v1" files (OpenSSH's PROTOCOL.key).
enum OpenSSHKeyReader {
  static func read(text: String, content: [UInt8]) -> PrivateKeyFile {
    let damaged = PrivateKeyFile.unusable("damaged")
    let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { $0 != " " && $0 != "\t" } }
    guard let begin = lines.firstIndex(of: "-----BEGINOPENSSHPRIVATEKEY-----"),
      let end = lines.firstIndex(of: "-----ENDOPENSSHPRIVATEKEY-----"), begin < end,
      let data = Data(base64Encoded: lines[(begin + 1)..<end].joined())
    else { return damaged }
    var reader = WireReader(data)
    guard reader.bytes(15) == Array("openssh-key-v1\0".utf8), let cipher = reader.text(),
      reader.string() != nil,
      reader.string() != nil, reader.uint32() == 1, let publicBlob = reader.string(),
      let publicKey = PublicKey(blob: publicBlob), let secret = reader.string()
    else { return damaged }
    guard cipher == "none" else {
      return .forLibSSH2(bytes: content, type: publicKey.type, encrypted: true)
    }
    guard let signer = try? signer(secret) else {
      return publicKey.type.hasPrefix("sk-")
        ? .unusable("a security key's handle; use it through an agent of ssh")
        : .unusable("damaged, or a kind of key that is not supported (\(publicKey.shortType))")
    }
    return .signer(signer)
  }

  private static func signer(_ secret: [UInt8]) throws -> (any Signer)? {
    var reader = WireReader(secret)
    // Two equal numbers show that a decryption was right; here they are just there.
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
}
