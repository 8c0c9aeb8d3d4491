import Fleet
import Foundation
import Synchronization

/// Lets only so many connections log in at a time, in the order they came.
///
/// A key exchange costs a processor several milliseconds on either side. Hundreds at once would each take as long as all
/// of them together and run into their time limits; a few for each processor are as fast, and none waits in the middle.
final class LoginLine: Sendable {
  private struct State {
    var free: Int
    var next: UInt64 = 0
    var waiting: [(number: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
  }

  private let state: Mutex<State>

  /// Enough for every processor to have work while others wait for the network.
  static let usualPlaces = 16 * max(1, ProcessInfo.processInfo.activeProcessorCount)

  init(places: Int = LoginLine.usualPlaces) {
    state = Mutex(State(free: max(1, places)))
  }

  /// Waits for a place; throws `cancelled` when the task is cancelled before.
  func take() async throws(Failure) -> LoginPlace {
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    let taken = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // A cancellation that came before is seen here, one that comes later finds the continuation.
        let answer: Bool? = state.withLock { state in
          if Task.isCancelled { return false }
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.waiting.append((number, continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).continuation }
      }
      continuation?.resume(returning: false)
    }
    guard taken else { throw Failure(.cancelled, "cancelled") }
    return LoginPlace(self)
  }

  fileprivate func giveBack() {
    let next = state.withLock { state in
      if state.waiting.isEmpty {
        state.free += 1
        return nil as CheckedContinuation<Bool, Never>?
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume(returning: true)
  }
}

/// A place in the line; given back once, at the latest when nobody holds it any more.
final class LoginPlace: Sendable {
  private let line: LoginLine
  private let isGone = Mutex(false)

  /// A host that does not take the connection within this time keeps nobody waiting behind it.
  static let patience: Duration = .seconds(1)

  fileprivate init(_ line: LoginLine) { self.line = line }

  deinit { giveBack() }

  func giveBack() {
    let first = isGone.withLock { gone in
      defer { gone = true }
      return !gone
    }
    if first { line.giveBack() }
  }
}
