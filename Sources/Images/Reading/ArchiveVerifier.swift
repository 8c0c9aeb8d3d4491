import Dispatch
import Foundation
import Synchronization

/// Content that is not what it should be.
public struct VerifyFinding: Sendable, Equatable {
  /// What a digest is of.
  public enum Subject: String, Sendable {
    /// The blob as it lies in the archive.
    case blob
    /// What the blob inflates to.
    case diffID = "diff-id"
  }

  /// The images that use the content, by their titles.
  public let images: [String]
  /// What was compared.
  public let subject: Subject
  /// The digest that manifests and configurations name.
  public let expected: Digest
  /// The digest that the content has.
  public let actual: Digest

  /// The finding as an error, `digest-mismatch`.
  public var error: ImageError {
    let what = subject == .blob ? "layer" : "the content of layer"
    let others = images.count > 1 ? " and \(images.count - 1) more" : ""
    return ImageError(
      .digestMismatch, "\(images.first ?? "the archive")\(others): \(what) \(expected) is in fact \(actual)",
      hint: "the archive is damaged: copy or download it again")
  }
}

extension ImageArchive {
  /// Hashes every layer once and compares it with its digest; configurations and manifests were checked by
  /// ``open(path:options:)``.
  ///
  /// Blocks; stops with `cancelled` when the current task is cancelled. Throws `digest-mismatch` for the first
  /// finding, and what reading throws.
  /// - Parameters:
  ///   - deep: also inflates compressed layers and compares what comes out with the configurations' diff IDs.
  ///   - progress: called at least once per MiB, from several threads but never from two at once.
  public func verify(deep: Bool = false, progress: @escaping @Sendable (ArchiveProgress) -> Void = { _ in })
    throws(ImageError)
  {
    if let finding = try findings(deep: deep, progress: progress).first { throw finding.error }
  }

  /// The same as ``verify(deep:progress:)``, but returns all that is wrong.
  public func findings(
    deep: Bool = false, progress: @escaping @Sendable (ArchiveProgress) -> Void = { _ in }
  ) throws(ImageError) -> [VerifyFinding] {
    let verifier = ArchiveVerifier(archive: self, deep: deep, progress: progress)
    return try verifier.findings()
  }
}

/// Hands the layers out to as many threads as there are processors: what hashing costs is all that an operator waits for
/// before the first connection.
private final class ArchiveVerifier: Sendable {
  private struct State {
    var next = 0
    var bytesDone: Int64 = 0
    /// Of each layer.
    var findings: [[VerifyFinding]]
    /// The first that came up; all threads stop then.
    var failure: ImageError?
  }

  private let archive: ImageArchive
  private let deep: Bool
  /// In the order in which they lie in the source.
  private let blobs: [Blob]
  private let total: Int64
  private let progress: @Sendable (ArchiveProgress) -> Void
  private let state: Mutex<State>

  /// More threads than this wait for the disk rather than for a processor.
  private static let mostThreads = 8

  init(archive: ImageArchive, deep: Bool, progress: @escaping @Sendable (ArchiveProgress) -> Void) {
    self.archive = archive
    self.deep = deep
    self.progress = progress
    blobs = archive.blobs.values.sorted { $0.offset < $1.offset }
    total = blobs.reduce(0) { $0 + $1.size }
    state = Mutex(State(findings: Array(repeating: [], count: blobs.count)))
  }

  func findings() throws(ImageError) -> [VerifyFinding] {
    // The other threads may be through before this one has looked.
    if Task.isCancelled { throw Self.cancelled }
    // What is compressed as a whole can only be read in one go.
    let processors = archive.isCompressed ? 1 : ProcessInfo.processInfo.activeProcessorCount
    let threads = max(1, min(processors, Self.mostThreads, blobs.count))
    DispatchQueue.concurrentPerform(iterations: threads) { _ in work() }
    let (results, failure) = state.withLock { ($0.findings, $0.failure) }
    if let failure { throw failure }
    return results.flatMap { $0 }
  }

  private static let cancelled = ImageError(.cancelled, "the check was cancelled")

  /// Takes one layer after the other until none is left.
  private func work() {
    do throws(ImageError) {
      let checker = try LayerChecker(archive: archive, deep: deep)
      while let index = take() {
        let found = try checker.check(blobs[index]) { count throws(ImageError) in try self.advance(count) }
        state.withLock { $0.findings[index] = found }
      }
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.next < blobs.count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  /// Only the thread that began belongs to the caller's task; the others learn from it that they shall stop.
  private func advance(_ count: Int64) throws(ImageError) {
    let cancelled = Task.isCancelled
    let failure = state.withLock { state in
      if cancelled { state.failure = state.failure ?? Self.cancelled }
      state.bytesDone += count
      // Inside the lock, so that what is told only grows.
      progress(ArchiveProgress(bytesDone: state.bytesDone, bytesTotal: total))
      return state.failure
    }
    if let failure { throw failure }
  }
}
