import Documents

/// Everything that is wrong with one playbook, in the order of its lines.
public struct PlaybookError: Error, Sendable, Equatable {
  /// At least one.
  public let problems: [PlaybookProblem]

  public init(_ problems: [PlaybookProblem]) {
    self.problems = problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
  }

  init(_ problem: PlaybookProblem) { problems = [problem] }
}

/// One mistake in a playbook, or in the values that were given to it.
///
/// Message and hint are one line each, lower case, without a full stop; text out of a file is escaped.
public struct PlaybookProblem: Error, Sendable, Equatable {
  /// The kind of mistake, as scripts read it.
  public enum Code: String, Sendable, CaseIterable {
    case notFound = "playbook-not-found"
    case unreadable = "playbook-unreadable"
    case syntax = "playbook-syntax"
    case unknownKey = "playbook-unknown-key"
    case missingKey = "playbook-missing-key"
    /// A value of another kind than its key takes.
    case wrongKind = "playbook-wrong-kind"
    /// A value of the right kind that cannot be used.
    case badValue = "playbook-bad-value"
    /// A name that nothing has.
    case undefined = "playbook-undefined"
    /// Two things of one name.
    case duplicate = "playbook-duplicate"
    /// A `when` that is no condition.
    case condition = "playbook-condition"
    /// A variable that has no value, or one that it cannot have.
    case variable = "playbook-variable"
    /// A secret where it would be seen.
    case secret = "playbook-secret"
    /// Something that this gantry does not do.
    case unsupported = "playbook-unsupported"
  }

  public let code: Code
  public let message: String
  /// As the user named it; nil for what the command line said.
  public let file: String?
  /// From 1.
  public let line: Int?
  public let hint: String?

  public init(_ code: Code, _ message: String, file: String? = nil, line: Int? = nil, hint: String? = nil) {
    self.code = code
    self.message = EscapedText(message).description
    self.file = file.map { EscapedText($0).description }
    self.line = line
    self.hint = hint.map { EscapedText($0).description }
  }

  init(_ error: DocumentError) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .unreadable, .encoding, .tooLarge: .unreadable
      case .syntax: .syntax
      case .duplicateKey: .duplicate
      case .unsupported: .unsupported
      }
    self.init(code, error.message, file: error.file, line: error.line, hint: error.hint)
  }
}

extension PlaybookProblem: CustomStringConvertible {
  /// `kpanda.yaml:12: message`, without the hint.
  public var description: String {
    switch (file, line) {
    case (let file?, let line?): "\(file):\(line): \(message)"
    case (let file?, nil): "\(file): \(message)"
    case (nil, _): message
    }
  }
}
