/// Why a run's record could not be written or read.
public struct RunError: Error, Sendable, Equatable {
  public enum Code: String, Sendable {
    case notFound = "run-not-found"
    case stateUnusable = "state-dir-unusable"
    case corrupt = "run-corrupt"
    case running = "run-in-progress"
    case nothingToRerun = "nothing-to-rerun"
  }

  public let code: Code
  /// One line, lower case, no full stop.
  public let message: String
  public let hint: String?

  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}
