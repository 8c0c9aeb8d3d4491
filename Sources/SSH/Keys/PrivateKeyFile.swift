import FoundationEssentials
import Glibc

/// What a private key file holds.
///
/// Keys that lie open are read here, since libssh2 before 1.11 cannot sign with RSA keys in a way that
/// current servers accept. The encrypted forms, and the rare ones, are left to libssh2.
enum PrivateKeyFile: Sendable {
  /// A key that is ready to sign.
  case signer(any Signer)
  /// The file's bytes, for libssh2, with the key's type when the file says it without a passphrase.
  case forLibSSH2(bytes: [UInt8], type: String?, encrypted: Bool)
  /// It cannot be used; why, for a message.
  case unusable(String)

  /// Reads a file; it may block.
  init(path: String) {
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      // A key has a few KiB; nobody means a larger file.
      self = data.count > 1 << 20 ? .unusable("not a private key") : Self(content: Array(data))
    } catch {
      self = .unusable("cannot be read: \(Self.reason(path))")
    }
  }

  init(content: [UInt8]) {
    let text = String(decoding: content, as: UTF8.self)
    let (before, after) = ("-----BEGIN ", "-----")
    // Other lines may come first (RFC 7468, section 2).
    guard let begin = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(before) }),
      begin.hasSuffix(after)
    else {
      self = .unusable("not a private key: no BEGIN line")
      return
    }
    let other = PrivateKeyFile.forLibSSH2(bytes: content, type: nil, encrypted: false)
    switch begin.dropFirst(before.count).dropLast(after.count) {
    case "OPENSSH PRIVATE KEY":
      self = OpenSSHKeyReader.read(text: text, content: content)
    case "ENCRYPTED PRIVATE KEY":
      self = .forLibSSH2(bytes: content, type: nil, encrypted: true)
    case "RSA PRIVATE KEY":
      self = Self.pem(text, .forLibSSH2(bytes: content, type: "ssh-rsa", encrypted: true)) {
        try RSASigner(pem: $0)
      }
    case "EC PRIVATE KEY":
      self = Self.pem(text, .forLibSSH2(bytes: content, type: nil, encrypted: true)) {
        try ECDSASigner(pem: $0)
      }
    case "PRIVATE KEY":
      if let signer = try? RSASigner(pem: text) {
        self = .signer(signer)
      } else {
        self = (try? ECDSASigner(pem: text)).map { .signer($0) } ?? other
      }
    case "DSA PRIVATE KEY":
      self = .unusable("DSA keys are no longer accepted by servers")
    case let label where label.hasSuffix("PUBLIC KEY"):
      self = .unusable("a public key; the private one is needed")
    default:
      self = other
    }
  }

  /// The traditional PEM forms say in a header that they are encrypted (RFC 1421, 4.6.1.1).
  private static func pem(
    _ text: String, _ encrypted: PrivateKeyFile, _ read: (String) throws -> any Signer
  ) -> PrivateKeyFile {
    if text.contains("Proc-Type: 4,ENCRYPTED") { return encrypted }
    return (try? read(text)).map { .signer($0) }
      ?? .unusable("damaged, or a kind of key that is not supported")
  }

  private static func reason(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor < 0 else {
      close(descriptor)
      return "not a file"
    }
    return SystemError(errno).text
  }
}
