/// How often one node's work has been tried, and whether it is tried once more.
///
/// Attempts that found the node there, or that failed before it ever was, count against the policy's retries. A node that
/// was there and is gone is waited for by the clock instead: while it boots, sshd refuses, the network is silent, and the
/// runtime comes up last.
struct RetryCourse {
  private let policy: RetryPolicy
  private var tries = 0
  /// When the node was last there, and what it was lost with.
  private var lost: (at: ContinuousClock.Instant, with: Failure)?
  /// The further attempts since.
  private var returns = 0

  init(_ policy: RetryPolicy) { self.policy = policy }

  /// What a node that is away answers, or what is answered for it.
  static let away: Set<FailureCode> = [
    .connectRefused, .connectFailed, .connectTimeout, .connectDropped, .loginTimeout, .connectionLost,
    .runtimeDown,
  ]

  /// The longest pause while a node is waited for.
  private static let longestWait = Duration.seconds(5)

  /// The pause before the next attempt, nil to give up.
  ///
  /// - Parameter wasThere: the attempt found the node, and the runtime if that is what failed, and lost it later.
  mutating func pause(after failure: Failure, wasThere: Bool, now: ContinuousClock.Instant) -> Duration? {
    if !wasThere, let lost, policy.retries > 0, Self.away.contains(failure.code) {
      let left = policy.reconnect - (now - lost.at)
      guard left > .zero else { return nil }
      returns += 1
      let full = min(Self.longestWait, policy.firstPause * (1 << min(returns - 1, 16)))
      return min(left, full / 2 + full / 2 * Double.random(in: 0...1))
    }
    tries += 1
    if wasThere {
      lost = (now, failure)
      returns = 0
      // It was up a moment ago: somebody restarts it.
      if failure.code == .runtimeDown, policy.reconnect > .zero, tries <= policy.retries {
        return policy.firstPause
      }
    }
    return policy.pause(before: tries + 1, after: failure)
  }

  /// The last failure, and for a node that was lost in its work also how.
  func told(_ failure: Failure) -> Failure {
    guard let lost, returns > 0, failure != lost.with else { return failure }
    return Failure(
      failure.code, "\(failure.message); the node was lost before: \(lost.with.message)", hint: failure.hint)
  }
}
