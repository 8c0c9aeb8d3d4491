import Crypto
import FoundationEssentials

/// A public key as SSH sends it (RFC 4253, section 6.6).
struct PublicKey: Sendable, Hashable {
  /// The wire form, which begins with the type's name.
  let blob: [UInt8]
  /// Such as "ssh-ed25519" or "ecdsa-sha2-nistp256".
  let type: String

  /// Returns nil when the bytes do not begin with a type's name.
  init?(blob: [UInt8]) {
    var reader = WireReader(blob)
    guard let type = reader.text(), !type.isEmpty, !reader.isAtEnd else { return nil }
    self.blob = blob
    self.type = type
  }

  /// As ssh-keygen -l prints it: "SHA256:" and the hash in base64 without padding.
  var fingerprint: String {
    let hash = Data(SHA256.hash(data: blob)).base64EncodedString()
    return "SHA256:" + hash.prefix { $0 != "=" }
  }

  var base64: String { Data(blob).base64EncodedString() }

  /// The type of the key itself, where this is a certificate of one.
  var plainType: String {
    let suffix = "-cert-v01@openssh.com"
    return type.hasSuffix(suffix) ? String(type.dropLast(suffix.count)) : type
  }

  /// The type for people, as ssh-keygen prints it: "ED25519", "RSA", "ECDSA", "ED25519-CERT".
  var shortType: String {
    let isCertificate = plainType != type
    let name =
      switch plainType {
      case "ssh-ed25519": "ED25519"
      case "ssh-rsa": "RSA"
      case "ssh-dss": "DSA"
      case let type where type.hasPrefix("ecdsa-sha2-"): "ECDSA"
      default: MessageText.clean(plainType, limit: 60)
      }
    return isCertificate ? name + "-CERT" : name
  }
}
