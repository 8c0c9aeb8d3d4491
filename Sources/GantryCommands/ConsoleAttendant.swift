import Fleet
import Foundation
import Synchronization
import Terminal

/// Asks whoever sits at the terminal.
struct ConsoleAttendant: PlaybookAttendant {
  let console: Console
  /// Every question is answered with yes.
  let yes: Bool

  func tell(_ text: String) { console.message("gantry: " + PrintableText.line(text, limit: 1000)) }

  func confirm(_ question: String) async -> Bool {
    let question = PrintableText.line(question, limit: 1000)
    if yes {
      console.message("gantry: \(question) yes")
      return true
    }
    console.prompt("gantry: \(question) [y/N] ")
    let answer = Answer()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        answer.awaits(continuation)
        // A read from a terminal cannot be cancelled: it has a thread of its own, which the end of the process ends.
        Thread.detachNewThread { answer.give(["y", "yes"].contains(readLine()?.lowercased())) }
      }
    } onCancel: {
      answer.give(false)
    }
  }

  /// The first answer counts, whoever gives it.
  private final class Answer: Sendable {
    private struct State {
      var given: Bool?
      var continuation: CheckedContinuation<Bool, Never>?
    }
    private let state = Mutex(State())

    func awaits(_ continuation: CheckedContinuation<Bool, Never>) {
      let given = state.withLock { state in
        if state.given == nil { state.continuation = continuation }
        return state.given
      }
      if let given { continuation.resume(returning: given) }
    }

    func give(_ answer: Bool) {
      let continuation = state.withLock { state in
        state.given = state.given ?? answer
        defer { state.continuation = nil }
        return state.continuation
      }
      continuation?.resume(returning: answer)
    }
  }
}
