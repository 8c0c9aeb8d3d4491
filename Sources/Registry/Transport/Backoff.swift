/// When a request is sent again. It reads codes, never texts.
public struct Backoff: Sendable {
  /// Further attempts after the first.
  public var retries: Int
  /// The pause before the second attempt; it doubles from there, up to ``longestPause``.
  public var firstPause: Duration
  public var longestPause: Duration

  public init(
    retries: Int = 8, firstPause: Duration = .milliseconds(500), longestPause: Duration = .seconds(10)
  ) {
    self.retries = retries
    self.firstPause = firstPause
    self.longestPause = longestPause
  }

  /// Failures that may be over a moment later. A registry that answered once and refuses connections now is being
  /// restarted; whether it is there at all was asked before.
  static let passing: Set<RegistryError.Code> = [.unavailable, .connectionLost, .timeout, .unreachable]

  /// The pause before attempt `next` (2 for the first retry); nil to give up.
  ///
  /// - Parameter asked: what the server asked for (`Retry-After`, RFC 9110 section 10.2.3); at most a minute counts.
  func pause(before next: Int, after error: RegistryError, asked: Duration?) -> Duration? {
    guard next <= retries + 1, Self.passing.contains(error.code) else { return nil }
    let full = min(longestPause, firstPause * (1 << min(next - 2, 16)))
    // Half is random, so that uploads that failed together do not come back together.
    let own = full / 2 + full / 2 * Double.random(in: 0...1)
    return max(own, min(asked ?? .zero, .seconds(60)))
  }
}
