import Containerd
import Foundation
import Images
import Synchronization

/// Layers on their way into a node's containerd through its own API (``ContentUpload``), which saves the node a second
/// reader of every byte.
final class LayerUpload: SocketDialogue, @unchecked Sendable {
  // Of the connection's thread alone, while the conversation lasts; read by its owner after that.
  private let upload: ContentUpload
  private let session: NodeSession
  /// Bytes of all that is sent in this attempt.
  private let total: Int64
  /// How long containerd may take to write a layer to its disk.
  private let commitTime: Duration
  private let onWritten: @Sendable (Int) -> Void
  private var written = 0
  private var counted: Int64 = 0
  private var lastTold = ContinuousClock.now
  private let hold = Mutex(Hold())

  private struct Hold {
    var ending: Ending?
    var isImporting = false
    var action: (@Sendable () -> Void)?
  }

  /// As long as containerd's own tools keep what an import brought and nothing names yet.
  private static let leaseSeconds: Double = 24 * 60 * 60

  /// - Parameters:
  ///   - blobs: in the order in which they are needed.
  ///   - onWritten: told how many of the blobs are there, counted from the first, whenever there are more.
  init(
    _ blobs: [Blob], cursor: any ContentCursor, namespace: String, session: NodeSession, total: Int64,
    commitTime: Duration,
    onWritten: @escaping @Sendable (Int) -> Void
  ) throws(Failure) {
    let expiry = Date(timeIntervalSinceNow: (session.facts?.clockOffsetSeconds ?? 0) + Self.leaseSeconds)
    let lease = Lease(
      id: Lease.prefix + String(UInt64.random(in: 0...UInt64.max), radix: 36),
      expiry: expiry.formatted(.iso8601)
    )
    do {
      upload = try ContentUpload(namespace: namespace, lease: lease, blobs: blobs, cursor: cursor)
    } catch { throw Self.failure(error) }
    self.session = session
    self.total = total
    self.commitTime = commitTime
    self.onWritten = onWritten
  }

  /// Why the lease ends.
  enum Ending { case done, givenUp }

  /// Ends the lease and with it the conversation. From any thread.
  func finish(_ ending: Ending) {
    let action = hold.withLock { hold in
      hold.ending = ending
      return hold.action
    }
    action?()
  }

  /// An import is at work beside this, so the node's disk may be busy. From any thread.
  func setImporting(_ isImporting: Bool) { hold.withLock { $0.isImporting = isImporting } }

  /// Why the conversation ended before its time; nil when it did not. Once it has ended.
  func failure(_ runtime: Runtime) -> Failure? {
    if let refusal = refusal(runtime) { return refusal }
    guard !upload.isOver else { return nil }
    return Failure(
      .runtimeDown, "write layers through containerd's socket: it ended the connection",
      hint: "start containerd on the node, then `gantry rerun`")
  }

  /// What containerd did not take; once the conversation has ended.
  func refusal(_ runtime: Runtime) -> Failure? {
    upload.refusal.map {
      ImportFailure.classify($0, runtime: runtime, what: "write layers through containerd's socket")
    }
  }

  // MARK: SocketDialogue

  var progress: UInt64 { UInt64(upload.sent) &+ upload.answers }

  var silence: Silence {
    if upload.isResting { return .rest }
    return upload.awaitsCommits || hold.withLock { $0.isImporting } ? .work(commitTime) : .stall
  }

  var mustWait: Bool {
    // Whoever finishes it is on another thread, and wakes this one.
    if let ending = hold.withLock({ $0.ending }) { try? upload.finish(isDone: ending == .done) }
    return !upload.hasOutput && !upload.isOver
  }

  func whenReleased(_ action: @escaping @Sendable () -> Void) {
    hold.withLock { $0.action = action }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count: Int
    do { count = try upload.read(into: buffer) } catch {
      throw Failure(sending: error)
    }
    session.sent(upload.sent - counted)
    counted = upload.sent
    let now = ContinuousClock.now
    if now - lastTold > .milliseconds(100) {
      lastTold = now
      session.emit(.progress(sent: upload.progress, total: total))
    }
    return count
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    do { try upload.receive(bytes) } catch { throw Self.failure(error) }
    if upload.written > written {
      written = upload.written
      onWritten(written)
    }
  }

  private static func failure(_ error: ContainerdError) -> Failure {
    Failure(
      .badAnswer, "write layers through containerd's socket: \(PrintableText.line(error.message, limit: 200))"
    )
  }
}
