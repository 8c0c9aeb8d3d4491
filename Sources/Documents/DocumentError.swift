/// What is wrong with a text file that somebody wrote, and where.
///
/// The reader of each kind of file turns it into an error of its own, with a code that names that kind.
package struct DocumentError: Error, Sendable, Equatable {
  package enum Code: String, Sendable {
    case notFound = "not-found"
    case unreadable
    /// The file is not UTF-8.
    case encoding
    /// The file, its nesting or its aliases go past a limit.
    case tooLarge = "too-large"
    case syntax
    case duplicateKey = "duplicate-key"
    /// A YAML tag that gantry does not read.
    case unsupported
  }

  /// Of which two equal keys ``Code/duplicateKey`` speaks.
  package struct Duplicate: Sendable, Equatable {
    package let key: String
    /// The key that both stand under; nil at the top.
    package let parent: String?
    /// From 1.
    package let firstLine: Int
  }

  package let code: Code
  /// One line, lower case, no full stop.
  package let message: String
  /// As the user named it.
  package let file: String
  /// From 1; nil when no single line is to blame.
  package let line: Int?
  package let hint: String?
  package let duplicate: Duplicate?

  package init(
    _ code: Code, _ message: String, file: String, line: Int? = nil, hint: String? = nil,
    duplicate: Duplicate? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.line = line
    self.hint = hint
    self.duplicate = duplicate
  }
}
