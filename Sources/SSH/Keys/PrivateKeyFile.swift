import FoundationEssentials
import Glibc

/// What a private key file holds, in OpenSSH's own form or PEM.
///
/// Keys are read here and not by libssh2, which before 1.11 cannot sign with RSA keys in a way that current
/// servers accept.
enum PrivateKeyFile: Sendable {
  /// A key that is ready to sign.
  case signer(any Signer)
  /// A key that a passphrase locks.
  case locked(LockedKey)
  /// The public half alone: it names a key that an agent may have.
  case publicOnly(PublicKey)
  /// There is no such file.
  case missing
  /// It cannot be used; why, for a message.
  case unusable(String)

  /// Reads a file, and its `.pub` file where there is no other way to know the key; it may block.
  init(path: String) {
    let key: PrivateKeyFile
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      // A key has a few KiB; nobody means a larger file.
      key = data.count > 1 << 20 ? .unusable("not a private key") : Self(content: Array(data))
    } catch {
      let number = Self.openError(path)
      key = number == ENOENT ? .missing : .unusable("cannot be read: \(Self.text(number))")
    }
    self = key.completed { Self.publicKey(path + ".pub") }
  }

  /// With the `.pub` file's key, where this one does not tell it.
  private func completed(_ publicKey: () -> PublicKey?) -> PrivateKeyFile {
    switch self {
    case .missing:
      return publicKey().map { .publicOnly($0) } ?? self
    case .locked(let key) where key.publicKey == nil:
      return publicKey().map { .locked(LockedKey(publicKey: $0, unlock: key.unlock)) } ?? self
    default:
      return self
    }
  }

  private static func publicKey(_ path: String) -> PublicKey? {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count < 1 << 16 else { return nil }
    return PublicKey(line: String(decoding: data, as: UTF8.self))
  }

  init(content: [UInt8]) {
    let text = String(decoding: content, as: UTF8.self)
    let (before, after) = ("-----BEGIN ", "-----")
    // Other lines may come first (RFC 7468, section 2).
    guard let begin = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(before) }),
      begin.hasSuffix(after)
    else {
      self =
        PublicKey(line: text).map { .publicOnly($0) } ?? .unusable("not a private key: no BEGIN line")
      return
    }
    switch begin.dropFirst(before.count).dropLast(after.count) {
    case "OPENSSH PRIVATE KEY":
      self = OpenSSHKeyReader.read(text: text)
    case "DSA PRIVATE KEY":
      self = .unusable("DSA keys are no longer accepted by servers")
    case let label where label.hasSuffix("PUBLIC KEY"):
      self = .unusable("a public key; the private one is needed")
    case let label where label.hasSuffix("PRIVATE KEY"):
      self = PEMKeyReader.read(text: text, label: String(label))
    default:
      self = .unusable("not a private key")
    }
  }

  private static func openError(_ path: String) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor < 0 else {
      close(descriptor)
      return EISDIR
    }
    return errno
  }

  private static func text(_ number: Int32) -> String {
    number == EISDIR ? "not a file" : SystemError(number).text
  }
}
