import Fleet
import Inventory

/// What the logins of one client share: the secrets that somebody typed. One question is open at a time, and
/// one answer holds for the whole fleet.
actor SecretCache {
  private let prompter: (any LoginPrompter)?
  private var answers: [LoginQuestion: Task<Secret?, Never>] = [:]
  private var last: Task<Secret?, Never>?

  init(_ prompter: (any LoginPrompter)?) { self.prompter = prompter }

  /// Somebody can be asked.
  nonisolated var canAsk: Bool { prompter != nil }

  /// Asks once; the answer is kept.
  func answer(to question: LoginQuestion) async -> Secret? {
    if let task = answers[question] { return await task.value }
    let task = ask(question)
    answers[question] = task
    return await task.value
  }

  /// Asks each time, as for a code that holds once.
  func freshAnswer(to question: LoginQuestion) async -> Secret? { await ask(question).value }

  private func ask(_ question: LoginQuestion) -> Task<Secret?, Never> {
    let (prompter, before) = (prompter, last)
    let task = Task { () -> Secret? in
      _ = await before?.value
      return await prompter?.answer(to: question)
    }
    last = task
    return task
  }
}
