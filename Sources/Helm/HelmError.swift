/// Why a chart, a release's values or an answer of helm could not be read or changed.
public struct HelmError: Error, Sendable, Equatable {
  public enum Code: String, Sendable {
    case badVersion = "bad-version"
    case badRange = "bad-version-range"
    case badKeyPath = "bad-key-path"
    /// The chart on this machine is not there or is none.
    case badChart = "bad-chart"
    /// helm or kubectl answered in a form that is not understood.
    case badAnswer = "bad-answer"
    /// A values file or a manifest is no YAML that gantry reads.
    case badYAML = "bad-yaml"
    /// The key is not there.
    case noSuchKey = "no-such-key"
    /// The edit cannot be made without touching more than was asked.
    case cannotEdit = "cannot-edit"
    /// A migration cannot be applied to these values.
    case cannotMigrate = "cannot-migrate"
  }

  public let code: Code
  /// One line, lower case, no full stop; never a value of the file.
  public let message: String
  public let hint: String?

  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}
