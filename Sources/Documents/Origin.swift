/// Where something was written.
public struct Origin: Sendable, Hashable {
  /// The file, as the user named it.
  public let file: String
  /// The line, from 1.
  public let line: Int?

  /// Names a place in a file.
  public init(file: String, line: Int? = nil) {
    self.file = file
    self.line = line
  }
}
