import Testing

@testable import Fleet

/// A node that goes away in the middle is waited for, by the clock; one that never was there is not.
@Suite struct RetryCourseTests {
  private let start = ContinuousClock.now
  private let refused = Failure(.connectRefused, "connection refused")
  private let lost = Failure(.connectionLost, "the connection broke")

  private func course(retries: Int = 2, reconnect: Duration = .seconds(60)) -> RetryCourse {
    RetryCourse(RetryPolicy(retries: retries, reconnect: reconnect))
  }

  private func pause(
    _ course: inout RetryCourse, after failure: Failure, wasThere: Bool, now: ContinuousClock.Instant
  ) -> Duration? {
    course.pause(after: failure, wasThere: wasThere, now: now)
  }

  @Test func aNodeThatNeverWasThereIsNotWaitedFor() {
    var course = course()
    #expect(pause(&course, after: refused, wasThere: false, now: start) == nil)
    #expect(course.told(refused) == refused)
  }

  @Test func aLostNodeMayRefuseUntilItsTimeIsUp() throws {
    var course = course()
    #expect(pause(&course, after: lost, wasThere: true, now: start) != nil)
    for second in stride(from: 1, to: 60, by: 3) {
      let next = course.pause(after: refused, wasThere: false, now: start + .seconds(second))
      let pause = try #require(next, "after \(second) s")
      #expect(pause <= .seconds(5))
    }
    #expect(pause(&course, after: refused, wasThere: false, now: start + .seconds(60)) == nil)
    let told = course.told(refused)
    #expect(told.code == .connectRefused)
    #expect(told.message == "connection refused; the node was lost before: the connection broke")
  }

  @Test func comingBackAndBeingLostAgainCountsAsATry() {
    var course = course(retries: 2)
    #expect(pause(&course, after: lost, wasThere: true, now: start) != nil)
    #expect(pause(&course, after: refused, wasThere: false, now: start + .seconds(1)) != nil)
    #expect(pause(&course, after: lost, wasThere: true, now: start + .seconds(50)) != nil)
    // The time begins anew.
    #expect(pause(&course, after: refused, wasThere: false, now: start + .seconds(100)) != nil)
    #expect(pause(&course, after: lost, wasThere: true, now: start + .seconds(105)) == nil)
  }

  @Test(arguments: [FailureCode.authFailed, .hostKeyChanged, .diskFull, .nodeLocked, .cancelled])
  func whatDoesNotPassIsNotWaitedFor(code: FailureCode) {
    var course = course()
    #expect(pause(&course, after: lost, wasThere: true, now: start) != nil)
    #expect(pause(&course, after: Failure(code, "x"), wasThere: false, now: start) == nil)
  }

  @Test func aRuntimeThatWentAwayComesBack() {
    let down = Failure(.runtimeDown, "down")
    var course = course()
    // It never answered.
    #expect(pause(&course, after: down, wasThere: false, now: start) == nil)
    course = self.course()
    #expect(pause(&course, after: down, wasThere: true, now: start) != nil)
    #expect(pause(&course, after: down, wasThere: false, now: start + .seconds(10)) != nil)
    #expect(pause(&course, after: down, wasThere: false, now: start + .seconds(61)) == nil)
  }

  @Test func noRetriesMeansNone() {
    var course = course(retries: 0)
    #expect(pause(&course, after: lost, wasThere: true, now: start) == nil)
    #expect(pause(&course, after: refused, wasThere: false, now: start) == nil)
    course = self.course(reconnect: .zero)
    #expect(pause(&course, after: Failure(.runtimeDown, "x"), wasThere: true, now: start) == nil)
    #expect(pause(&course, after: refused, wasThere: false, now: start) == nil)
  }
}
