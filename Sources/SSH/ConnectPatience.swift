import Fleet

/// How often, and after which pause, a connection that did not come about is tried again.
///
/// sshd drops connections before its banner while too many others are logging in (MaxStartups); that passes,
/// and the pause grows and differs from node to node. Anything else is tried as often as the configuration
/// says. A failed login is never tried again.
struct ConnectPatience {
  private let attempts: Int
  private let start = ContinuousClock.now
  private var tried = 0
  private var drops = 0

  /// Longer than sshd lets others take to log in with its default of 120 s is more than anyone waits for.
  private static let dropBudget: Duration = .seconds(60)
  private static let firstPause: Duration = .milliseconds(200)
  private static let longestPause: Duration = .seconds(5)

  /// - Parameter attempts: ssh_config(5), ConnectionAttempts.
  init(attempts: Int) { self.attempts = attempts }

  /// The pause before the next attempt; nil to give up.
  mutating func pause(after failure: Failure) -> Duration? {
    switch failure.code {
    case .connectDropped:
      let full = min(Self.longestPause, Self.firstPause * (1 << min(drops, 8)))
      drops += 1
      let pause = full / 2 + full / 2 * Double.random(in: 0...1)
      return start.duration(to: .now) + pause < Self.dropBudget ? pause : nil
    case .connectRefused, .connectTimeout, .connectFailed, .resolveFailed:
      tried += 1
      return tried < attempts ? .seconds(1) : nil
    default:
      return nil
    }
  }
}
