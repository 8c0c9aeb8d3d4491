/// Why something on one node did not succeed: a code for programs, a sentence for people, and what to do next.
public struct Failure: Error, Sendable, Hashable, Codable {
  public let code: FailureCode
  /// One line, lower case, no full stop; what was tried and what the other side said. Never holds a secret.
  public let message: String
  /// What the operator can do about it, in the same voice.
  public let hint: String?

  public init(_ code: FailureCode, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}
