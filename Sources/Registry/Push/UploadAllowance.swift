import Images

/// How many bytes of layers may be sent and not be complete, all uploads together.
///
/// A registry that goes away in the middle may keep nothing of them, so this is what is sent twice at most, however many
/// uploads there are. An upload asks before each part; one that would come too far waits until others are complete. That
/// nobody waits for ever is the banker's algorithm: a part is granted only if afterwards all uploads can be completed one
/// after the other, each with the bytes that those before it gave back.
actor UploadAllowance {
  private struct Upload {
    let size: Int64
    var sent: Int64 = 0
  }

  private var limit: Int64
  private var uploads: [Int: Upload] = [:]
  private var waiting: [(ticket: Int, offset: Int64, continuation: CheckedContinuation<Void, Never>)] = []
  private var last = 0

  /// - Parameter limit: bytes; an upload that is larger than this alone raises it.
  init(_ limit: Int64) { self.limit = limit }

  /// As much as the largest layer has, or a fifth of the archive; for less than 32 MiB nobody waits.
  init(for archive: ImageArchive) {
    let sizes = archive.blobs.values.map(\.size)
    self.init(max(32 << 20, sizes.max() ?? 0, sizes.reduce(0, +) / 5))
  }

  /// Uploads that many bytes.
  ///
  /// - Parameter work: waits for `ready` before each part, with the offset of the part's end; a lower one than before where
  ///   it begins anew.
  func upload(
    _ size: Int64,
    _ work: @Sendable (_ ready: @escaping @Sendable (Int64) async -> Void) async throws(RegistryError) -> Void
  ) async throws(RegistryError) {
    let ticket = begin(size)
    defer { end(ticket) }
    try await work { await self.wait(ticket, to: $0) }
  }

  /// Begins an upload of that many bytes; returns what to call it.
  func begin(_ size: Int64) -> Int {
    last += 1
    uploads[last] = Upload(size: size)
    limit = max(limit, size)
    return last
  }

  /// Waits until an upload may send its bytes up to `offset`.
  func wait(_ ticket: Int, to offset: Int64) async {
    if waiting.isEmpty, grant(ticket, offset) { return }
    await withCheckedContinuation {
      waiting.append((ticket, offset, $0))
      wake()
    }
  }

  /// Ends an upload, complete or not.
  func end(_ ticket: Int) {
    uploads[ticket] = nil
    wake()
  }

  private func wake() {
    waiting.removeAll {
      guard grant($0.ticket, $0.offset) else { return false }
      $0.continuation.resume()
      return true
    }
  }

  private func grant(_ ticket: Int, _ offset: Int64) -> Bool {
    guard let before = uploads[ticket]?.sent else { return true }
    uploads[ticket]?.sent = offset
    if canAllEnd { return true }
    uploads[ticket]?.sent = before
    return false
  }

  private var canAllEnd: Bool {
    var free = limit - uploads.values.reduce(0) { $0 + $1.sent }
    guard free >= 0 else { return false }
    for upload in uploads.values.sorted(by: { $0.size - $0.sent < $1.size - $1.sent }) {
      guard upload.size - upload.sent <= free else { return false }
      free += upload.sent
    }
    return true
  }
}
