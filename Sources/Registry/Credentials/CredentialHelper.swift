import Foundation
import Inventory
import Subprocess
import SystemPackage

/// A program that keeps logins, `docker-credential-NAME` (docker/docker-credential-helpers): the host goes to its
/// standard input, a JSON document comes back.
struct CredentialHelper: Sendable {
  let name: String
  let environment: [String: String]

  /// A keyring may have to be unlocked by a person; nobody waits longer than this.
  static let deadline = Duration.seconds(20)

  private struct Answer: Decodable {
    var Username: String
    var Secret: String
  }

  /// The login for a host; nil where the helper knows none.
  func login(for host: String) async throws(RegistryError) -> Login? {
    let program = "docker-credential-" + name
    guard !name.isEmpty, !name.contains("/") else {
      throw RegistryError(.credentials, "not the name of a credential helper: \(MessageText.shown(name))")
    }
    let outcome: (succeeded: Bool, output: String)?
    do {
      outcome = try await Self.run(program, host: host)
    } catch {
      throw RegistryError(
        .credentials, "the credential helper \(MessageText.shown(program)) cannot be run",
        hint: "install it, or take it out of Docker's config.json")
    }
    guard let outcome else {
      throw RegistryError(
        .credentials,
        "the credential helper \(MessageText.shown(program)) gave no answer in \(Self.deadline)",
        hint: "unlock its store, or give the login in the environment")
    }
    if !outcome.succeeded {
      // The one answer of the protocol that is no failure.
      if outcome.output.contains("credentials not found") { return nil }
      throw RegistryError(
        .credentials, "the credential helper \(MessageText.shown(program)) failed",
        hint: "try it by hand: echo \(MessageText.shown(host)) | \(MessageText.shown(program)) get")
    }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8)) else {
      throw RegistryError(
        .credentials, "the credential helper \(MessageText.shown(program)) gave no login that can be read")
    }
    if answer.Username == "<token>" { return Login(identityToken: Login.hidden(answer.Secret)) }
    return Login(username: answer.Username, password: Login.hidden(answer.Secret))
  }

  /// nil when the deadline passed.
  private static func run(_ program: String, host: String) async throws -> (Bool, String)? {
    try await withThrowingTaskGroup(of: (Bool, String)?.self) { group in
      group.addTask {
        let result = try await Subprocess.run(
          .name(program), arguments: ["get"], input: .string(host), output: .string(limit: 1 << 20),
          error: .discarded)
        return (result.terminationStatus.isSuccess, result.standardOutput)
      }
      group.addTask {
        try await Task.sleep(for: deadline)
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}
