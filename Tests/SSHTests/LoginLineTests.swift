import Fleet
import Synchronization
import Testing

@testable import SSH

/// Who waits for a place, and who gets it.
@Suite(.timeLimit(.minutes(1))) struct LoginLineTests {
  @Test func neverMoreThanThereArePlaces() async throws {
    let line = LoginLine(places: 3)
    let crowd = Crowd()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          let place = try await line.take()
          crowd.enter()
          try await Task.sleep(for: .milliseconds(2))
          crowd.leave()
          place.giveBack()
        }
      }
      try await group.waitForAll()
    }
    #expect(crowd.most == 3)
  }

  @Test func whoIsCancelledLeavesTheLine() async throws {
    let line = LoginLine(places: 1)
    let first = try await line.take()
    let waiting = Task { () async throws(Failure) -> LoginPlace in try await line.take() }
    try await Task.sleep(for: .milliseconds(20))
    waiting.cancel()
    let result = await waiting.result
    #expect(throws: Failure.self) { try result.get() }
    // The place is not lost with the one who left.
    first.giveBack()
    try await line.take().giveBack()
  }

  @Test func aPlaceIsGivenBackOnce() async throws {
    let line = LoginLine(places: 1)
    let place = try await line.take()
    place.giveBack()
    place.giveBack()
    let second = try await line.take()
    let third = Task { () async throws(Failure) -> LoginPlace in try await line.take() }
    try await Task.sleep(for: .milliseconds(20))
    third.cancel()
    let result = await third.result
    #expect(throws: Failure.self) { try result.get() }
    second.giveBack()
  }
}

/// Counts who is inside.
private final class Crowd: Sendable {
  private let state = Mutex((now: 0, most: 0))

  var most: Int { state.withLock { $0.most } }

  func enter() {
    state.withLock { state in
      state.now += 1
      state.most = max(state.most, state.now)
    }
  }

  func leave() { state.withLock { $0.now -= 1 } }
}
