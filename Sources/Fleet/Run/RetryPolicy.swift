/// When a node's work is tried again. It reads codes, never texts.
public struct RetryPolicy: Sendable {
  /// Further attempts after the first.
  public var retries: Int
  /// The pause before the second attempt; it doubles from there, up to ``longestPause``.
  public var firstPause: Duration
  public var longestPause: Duration
  /// How long a node that was there and is gone, such as one that boots anew, is waited for.
  public var reconnect: Duration
  /// Further codes that the operator takes for passing, such as a command of theirs that ends with another status.
  public var alsoPassing: Set<FailureCode> = []

  public init(
    retries: Int = 2, firstPause: Duration = .seconds(1), longestPause: Duration = .seconds(30),
    reconnect: Duration = .seconds(120)
  ) {
    self.reconnect = reconnect
    self.retries = retries
    self.firstPause = firstPause
    self.longestPause = longestPause
  }

  /// Failures that may be over a moment later. A refused connection is not among them: the host is up and said no. Nor is
  /// anything about keys and passwords: a repeated attempt looks like an attack and locks accounts.
  public static let passing: Set<FailureCode> = [
    .connectionLost, .connectDropped, .connectTimeout, .stalled,
  ]

  /// The pause before attempt `next` (2 for the first retry), nil to give up.
  ///
  /// Half of the pause is random, so that nodes that failed together do not come back together.
  public func pause(before next: Int, after failure: Failure) -> Duration? {
    guard next <= retries + 1, Self.passing.contains(failure.code) || alsoPassing.contains(failure.code)
    else {
      return nil
    }
    let full = min(longestPause, firstPause * (1 << min(next - 2, 16)))
    return full / 2 + full / 2 * Double.random(in: 0...1)
  }
}
