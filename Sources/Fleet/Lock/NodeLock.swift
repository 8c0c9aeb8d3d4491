import Foundation

/// The lock that a run has on a node, as the node's link `gantry.lock` tells it.
///
/// The link's target is six words: the form's number, the id and the start time of the process on the node that serves
/// the holder's connection, the run, `user@host`, and since when (seconds since 1970, the node's clock). The lock is held
/// as long as that process lives, so it ends with the connection, however that ends; no file has to be taken away.
struct NodeLock: Sendable, Hashable {
  /// The link's target as it is; empty when there is none.
  let text: String
  let isHeld: Bool

  static let none = NodeLock(text: "", isHeld: false)

  /// Who holds it, for people.
  var holder: String {
    let words = text.split(separator: " ").map(String.init)
    guard words.count == 6 else { return "another run (\(PrintableText.line(text, limit: 100)))" }
    var holder =
      "run \(PrintableText.line(words[3], limit: 100)) of \(PrintableText.line(words[4], limit: 100))"
    if let seconds = Double(words[5]), (0..<1e11).contains(seconds) {
      holder += ", since " + Date(timeIntervalSince1970: seconds).formatted(.iso8601)
    }
    return holder
  }

  /// The process on the node whose end is the lock's end.
  var process: String? {
    text.split(separator: " ").dropFirst().first.map { PrintableText.line(String($0), limit: 20) }
  }
}

extension NodeSession {
  /// Takes the node's lock for this run; it lasts as long as this connection. Without a run there is nothing to lock for.
  ///
  /// - Parameter seen: the lock as it was before the caller looked at the node.
  /// - Returns: true when another run may have changed the node since then, so that the caller has to look again.
  /// - Throws: `node-locked` when another run holds it and goes on holding it, `lock-failed` when there is no place for it.
  func lock(seen: NodeLock) async throws(Failure) -> Bool {
    guard let owner = lockOwner else { return false }
    let end = ContinuousClock.now + owner.patience
    var waited = false
    while true {
      switch try await NodeLockScript.take(for: owner, on: self) {
      case .taken(let before):
        return waited || seen.isHeld || before != seen.text
      case .unsupported(let reason):
        note("the node is not locked: \(reason)")
        return false
      case .failed(let reason):
        throw Failure(
          .lockFailed, "lock the node: \(reason)",
          hint: "gantry keeps its lock under /run, which has to be writable")
      case .held(let lock):
        guard ContinuousClock.now < end else { throw Self.locked(lock) }
        if !waited { note("waits for \(lock.holder)") }
        waited = true
        do { try await Task.sleep(for: .seconds(1)) } catch { throw Failure(.cancelled, "interrupted") }
      }
    }
  }

  private static func locked(_ lock: NodeLock) -> Failure {
    let process = lock.process.map { " (process \($0) on the node)" } ?? ""
    return Failure(
      .nodeLocked, "\(lock.holder) is changing this node",
      hint: "wait for it with --lock-timeout SECONDS, or stop it; its hold ends with its connection\(process)"
    )
  }
}
