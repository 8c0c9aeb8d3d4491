import Testing

@testable import Fleet

@Suite struct RetryPolicyTests {
  @Test(arguments: [
    (FailureCode.connectionLost, true), (.stalled, true), (.connectTimeout, true), (.connectDropped, true),
    (.connectRefused, false), (.authFailed, false), (.hostKeyChanged, false), (.sudoPasswordWrong, false),
    (.diskFull, false), (.importRefused, false), (.cancelled, false),
  ])
  func retriesOnlyWhatMayPass(code: FailureCode, retried: Bool) {
    let pause = RetryPolicy(retries: 2).pause(before: 2, after: Failure(code, "x"))
    #expect((pause != nil) == retried)
  }

  @Test func givesUpAfterItsRetries() {
    let policy = RetryPolicy(retries: 2)
    let failure = Failure(.stalled, "x")
    #expect(policy.pause(before: 3, after: failure) != nil)
    #expect(policy.pause(before: 4, after: failure) == nil)
    #expect(RetryPolicy(retries: 0).pause(before: 2, after: failure) == nil)
  }

  @Test(arguments: 2...12) func pauseGrowsAndIsBounded(next: Int) throws {
    let policy = RetryPolicy(retries: 20, firstPause: .seconds(1), longestPause: .seconds(30))
    let pause = try #require(policy.pause(before: next, after: Failure(.stalled, "x")))
    let full = min(Duration.seconds(30), .seconds(1) * (1 << (next - 2)))
    #expect(pause >= full / 2 && pause <= full)
  }
}
