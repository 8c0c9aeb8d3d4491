import CLibSSH2
import Dispatch
import Fleet
import Glibc
import Inventory
import Synchronization

/// What is answered to the questions of one keyboard-interactive login.
final class PromptAnswers: Sendable {
  private struct State {
    /// The password, until it was given.
    var password: Secret?
    var unanswered: String?
  }

  private let state: Mutex<State>
  private let place: String
  private let secrets: SecretCache

  init(password: Secret?, place: String, secrets: SecretCache) {
    state = Mutex(State(password: password))
    self.place = place
    self.secrets = secrets
  }

  /// A question that got no answer, for a message.
  var unanswered: String? { state.withLock { $0.unanswered } }

  /// The answers, in order. It blocks while a person is asked.
  func answer(_ prompts: [(text: String, isEchoed: Bool)]) -> [Secret?] {
    // A single prompt that does not echo is what a password prompt looks like.
    if prompts.count == 1, !prompts[0].isEchoed {
      let password = state.withLock { state in
        defer { state.password = nil }
        return state.password
      }
      if let password { return [password] }
    }
    return prompts.map { prompt in
      let answer = secrets.canAsk ? ask(prompt) : nil
      if answer == nil { state.withLock { $0.unanswered = MessageText.clean(prompt.text, limit: 60) } }
      return answer
    }
  }

  private func ask(_ prompt: (text: String, isEchoed: Bool)) -> Secret? {
    let text = MessageText.clean(prompt.text, limit: 120)
    let question = LoginQuestion(.server, text: "(\(place)) \(text) ", isEchoed: prompt.isEchoed)
    let done = DispatchSemaphore(value: 0)
    let box = AnswerBox()
    let secrets = secrets
    Task.detached {
      let secret = await secrets.freshAnswer(to: question)
      box.answer.withLock { $0 = secret }
      done.signal()
    }
    done.wait()
    return box.answer.withLock { $0 }
  }
}

/// Carries one answer from a task to the thread that waits for it.
private final class AnswerBox: Sendable {
  let answer = Mutex<Secret?>(nil)
}

extension Session {
  /// Answers keyboard-interactive (RFC 4256) with ``promptAnswers``; what has no answer gets an empty one.
  static let promptCallback:
    @convention(c) (
      UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Int32,
      UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?, UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?,
      UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Void = { _, _, _, _, count, prompts, responses, abstract in
      guard count > 0, let prompts, let responses, let opaque = abstract?.pointee else { return }
      // Unsafe: the abstract pointer is the session that makes the call (see its initialiser).
      let session = Unmanaged<Session>.fromOpaque(opaque).takeUnretainedValue()
      guard let answers = session.promptAnswers else { return }
      let questions = (0..<Int(count)).map { index in
        let prompt = prompts[index]
        // Unsafe: the text is libssh2's for the time of this call, with its length, and is copied. 1.10 calls
        // it a string of chars, 1.11 one of bytes.
        let bytes = UnsafeRawBufferPointer(start: prompt.text, count: Int(prompt.length))
        return (text: String(decoding: bytes, as: UTF8.self), isEchoed: prompt.echo != 0)
      }
      for (index, answer) in answers.answer(questions).enumerated() {
        guard let text = answer?.revealed else { continue }
        // Unsafe: libssh2 has zeroed the responses and frees each text with the session's allocator, malloc's.
        responses[index].text = strdup(text)
        responses[index].length = UInt32(text.utf8.count)
      }
    }
}
