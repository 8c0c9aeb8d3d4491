import Fleet

/// The waiting of one operation on a connection: a command, the login, or a jump host's relay.
///
/// It belongs to its connection, on whose event loop's thread alone it is touched.
final class Lane {
  /// Why the operation under way must stop; the first reason stays until the operation has ended.
  private(set) var interruption: Failure?
  /// Counts the operations.
  private(set) var number: UInt64 = 0
  /// It has a command's channel, of which sshd may allow one at a time (sshd_config(5), MaxSessions).
  var hasSession = false
  private var sleeper: UnsafeContinuation<Void, Never>?

  func begin() {
    number += 1
    interruption = nil
  }

  func interrupt(_ failure: Failure) {
    if interruption == nil { interruption = failure }
    wake()
  }

  func wake() {
    guard let sleeper else { return }
    self.sleeper = nil
    sleeper.resume()
  }

  /// Sleeps until ``wake()``.
  func sleep(isolation: isolated (any Actor)? = #isolation) async {
    precondition(sleeper == nil, "a lane has one sleeper")
    await withUnsafeContinuation { sleeper = $0 }
  }
}
