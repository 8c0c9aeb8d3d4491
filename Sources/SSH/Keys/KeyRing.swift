import FoundationEssentials
import Inventory

/// The keys of one client's logins: each file is read once, and each locked key unlocked once, for the whole
/// fleet.
actor KeyRing {
  nonisolated let secrets: SecretCache
  private var files: [String: Task<PrivateKeyFile, Never>] = [:]
  private var certificates: [String: Task<Certificate?, Never>] = [:]
  private var unlocked: [Unlocking: Task<Result<any Signer, SigningError>, Never>] = [:]

  private struct Unlocking: Hashable {
    let path: String
    let passphrase: Secret?
  }

  /// How often a person may mistype a passphrase; it costs nothing but time.
  private static let tries = 3

  init(secrets: SecretCache) { self.secrets = secrets }

  /// What the file holds, as it was when it was first asked for.
  func file(_ path: String) async -> PrivateKeyFile {
    if let task = files[path] { return await task.value }
    let task = Task { await BlockingWork.run { PrivateKeyFile(path: path) } }
    files[path] = task
    return await task.value
  }

  /// The certificate of a file; nil when there is none, or it is none.
  func certificate(_ path: String) async -> Certificate? {
    if let task = certificates[path] { return await task.value }
    let task = Task {
      await BlockingWork.run { () -> Certificate? in
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count < 1 << 16 else { return nil }
        return Certificate(line: String(decoding: data, as: UTF8.self))
      }
    }
    certificates[path] = task
    return await task.value
  }

  /// The key of a locked file.
  ///
  /// - Parameter passphrase: nil to ask the person at the terminal.
  func unlock(_ key: LockedKey, _ path: String, _ passphrase: Secret?) async throws(SigningError)
    -> any Signer
  {
    try await tryUnlock(key, path, passphrase).get()
  }

  /// ``unlock(_:_:_:)`` with its outcome as a value.
  func tryUnlock(
    _ key: LockedKey, _ path: String, _ passphrase: Secret?
  ) async -> Result<any Signer, SigningError> {
    let request = Unlocking(path: path, passphrase: passphrase)
    if let task = unlocked[request] { return await task.value }
    let task = Task { await self.open(key, path, passphrase) }
    unlocked[request] = task
    return await task.value
  }

  private func open(_ key: LockedKey, _ path: String, _ passphrase: Secret?) async -> Result<
    any Signer, SigningError
  > {
    let attempts = passphrase == nil ? Self.tries : 1
    var last = SigningError(text: "encrypted, and no passphrase is given")
    for attempt in 0..<attempts {
      let name = MessageText.clean(path, limit: 120)
      let question = LoginQuestion(
        .passphrase(path: path), text: "\(attempt == 0 ? "" : "that was not it; ")passphrase of \(name): ")
      let asked = passphrase == nil ? await secrets.freshAnswer(to: question) : passphrase
      guard let secret = asked else { break }
      let result = await BlockingWork.run {
        Result { () throws(SigningError) in try key.unlock(secret.revealed) }
      }
      switch result {
      case .success: return result
      case .failure(let error): last = error
      }
      guard last == LockedKey.wrongPassphrase else { break }
    }
    return .failure(last)
  }
}

/// A locked key that is unlocked when the server has said that it would take it.
struct LockedSigner: Signer {
  let publicKey: PublicKey
  let key: LockedKey
  let path: String
  let passphrase: Secret?
  let ring: KeyRing

  func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8] {
    try await ring.unlock(key, path, passphrase).sign(data)
  }
}
