import Images

/// Which repository of a registry is known to have a blob, so that each is uploaded once, whoever comes first, and
/// shared with the other repositories after that.
actor BlobLedger {
  /// What to do about a blob that a repository lacks.
  enum Claim: Equatable {
    /// Nobody has it: upload it, then ``settle(_:home:)``.
    case upload
    /// That repository has it.
    case mount(from: String)
  }

  private var homes: [Digest: String] = [:]
  private var waiting: [Digest: [CheckedContinuation<Void, Never>]] = [:]

  /// Remembers that a repository has the blob.
  func note(_ digest: Digest, home: String) { homes[digest] = homes[digest] ?? home }

  /// Says what to do about a blob; while somebody else uploads it, waits for that.
  func claim(_ digest: Digest) async -> Claim {
    while waiting[digest] != nil {
      await withCheckedContinuation { waiting[digest, default: []].append($0) }
    }
    if let home = homes[digest] { return .mount(from: home) }
    waiting[digest] = []
    return .upload
  }

  /// Ends a claim to upload.
  ///
  /// - Parameter home: the repository that has it now; nil when the upload failed, and another one may try.
  func settle(_ digest: Digest, home: String?) {
    if let home { homes[digest] = home }
    for continuation in waiting.removeValue(forKey: digest) ?? [] { continuation.resume() }
  }
}
