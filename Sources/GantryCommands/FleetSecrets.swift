import Fleet
import Foundation
import Inventory
import SSH
import Subprocess
import Synchronization
import Terminal

/// The passwords of one invocation that no inventory holds: typed, from the environment, or from a command. They are kept
/// in memory alone.
struct FleetSecrets: Sendable {
  /// For the login, where the inventory gives none.
  private(set) var login: Secret?
  /// For becoming root, where the inventory gives none.
  private(set) var become: Secret?
  /// Whoever sits at the terminal; nil without one.
  private(set) var prompter: (any LoginPrompter)?
  /// Logins may ask that person what the servers ask, not only for passphrases.
  private(set) var asksForServers = false

  static let loginVariable = "GANTRY_SSH_PASSWORD"
  static let becomeVariable = "GANTRY_BECOME_PASSWORD"

  /// How long a password command may take: it may ask somebody.
  private static let commandLimit: Duration = .seconds(120)

  /// The environment's passwords, taken out of it once, at the start: what gantry starts does not get them.
  private static let environment: (login: Secret?, become: Secret?) = {
    func take(_ name: String) -> Secret? {
      defer { unsetenv(name) }
      return ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : Secret($0) }
    }
    return (take(loginVariable), take(becomeVariable))
  }()

  /// Takes the passwords out of the environment, before anything else runs.
  static func clearEnvironment() { _ = environment }

  /// Asks for what the options say, before anything is connected.
  init(_ settings: FleetSettings, console: Console) async throws {
    login = Self.environment.login
    become = Self.environment.become
    let question = TerminalQuestion(console: console)
    prompter = question.map { TerminalPrompter(question: $0) }
    if let command = settings.passwordCommand { login = try await Self.output(of: command) }
    if settings.askPass == true {
      login = try await Self.ask("login password (empty: only what the servers ask): ", question) ?? login
      asksForServers = true
    }
    if settings.askBecomePass == true {
      become = try await Self.ask("become password: ", question) ?? login
    }
  }

  /// How a node's commands become root.
  func privilege(of settings: ConnectionSettings) -> Privilege {
    switch settings.become {
    case true?:
      switch settings.becomeMethod {
      case .sudo: .sudo(password: settings.becomePassword ?? become)
      case .su: .su(password: settings.becomePassword ?? become)
      case .doas: .doas
      }
    case false?: .none
    case nil: .automatic
    }
  }

  /// nil for an empty answer.
  private static func ask(_ text: String, _ question: TerminalQuestion?) async throws -> Secret? {
    guard let question else {
      throw UsageError(
        "a password is to be asked for, and there is no terminal",
        hint: "set \(loginVariable) or \(becomeVariable), or give --password-command")
    }
    guard let answer = await TerminalPrompter(question: question).line(text, isEchoed: false) else {
      throw UsageError("no password was given")
    }
    return answer.isEmpty ? nil : Secret(answer)
  }

  /// The first line that the command prints. Neither it nor the rest is shown anywhere.
  private static func output(of command: String) async throws -> Secret {
    let text: String?
    do {
      text = try await withThrowingTaskGroup(of: String?.self) { group in
        group.addTask {
          let result = try await run(
            .name("sh"), arguments: ["-c", command], input: .none, output: .string(limit: 64 << 10),
            error: .discarded)
          guard case .exited(0) = result.terminationStatus else {
            throw UsageError("--password-command failed: \(result.terminationStatus)")
          }
          return result.standardOutput
        }
        group.addTask {
          try await Task.sleep(for: commandLimit)
          throw UsageError("--password-command did not end within \(commandLimit)")
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
    } catch let error as UsageError {
      throw error
    } catch {
      throw UsageError("--password-command failed")
    }
    let line = text?.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).first ?? ""
    guard !line.isEmpty else { throw UsageError("--password-command printed no password") }
    return Secret(String(line))
  }
}

/// Asks at the terminal, on threads that may block.
struct TerminalPrompter: LoginPrompter {
  let question: TerminalQuestion

  func answer(to asked: LoginQuestion) async -> Secret? {
    await line(asked.text, isEchoed: asked.isEchoed).map { Secret($0) }
  }

  func line(_ text: String, isEchoed: Bool) async -> String? {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: question.ask(text, isEchoed: isEchoed)) }
    }
  }
}
