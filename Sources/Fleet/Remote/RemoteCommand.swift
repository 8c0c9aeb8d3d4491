/// A command for a node: the one place where words become a shell's text.
///
/// A command is a program and its arguments, or a script with arguments; an argument is hostile until it is quoted here.
/// Every command runs inside a wrapper that fixes the locale and the search path and that reports the status in a
/// trailer of its own, since a broken connection can look like status 0 (libssh2_channel_get_exit_status).
public struct RemoteCommand: Sendable, Hashable {
  /// The words to run, the program first.
  public let words: [String]
  /// Whether it needs root on the node.
  public var asRoot: Bool
  /// True when the command changes something on the node; a dry run sends none of these.
  public let changes: Bool

  public init(_ words: [String], asRoot: Bool = false, changes: Bool) {
    precondition(!words.isEmpty, "a command has a program")
    self.words = words
    self.asRoot = asRoot
    self.changes = changes
  }

  /// A script for `sh`, with its positional parameters `$1`, `$2`, …
  ///
  /// The text is a constant of the program. It stays on one line, since csh cannot quote a line break; a longer script
  /// goes to `sh -s` on standard input (see ``readingScript(arguments:asRoot:changes:)``).
  public static func script(
    _ text: StaticString, _ arguments: [String] = [], asRoot: Bool = false, changes: Bool
  ) -> RemoteCommand {
    RemoteCommand(["sh", "-c", text.description, "gantry"] + arguments, asRoot: asRoot, changes: changes)
  }

  /// `sh -s`: a shell that reads its script from standard input.
  ///
  /// Data goes into a here document inside the script: dash reads standard input ahead, so that what came after the
  /// script would be lost to the commands in it.
  public static func readingScript(
    arguments: [String] = [], asRoot: Bool = false, changes: Bool
  ) -> RemoteCommand {
    RemoteCommand(["sh", "-s", "--"] + arguments, asRoot: asRoot, changes: changes)
  }

  /// Text that the operator wrote for a shell, such as the command of `gantry exec`, with its positional parameters.
  public static func shell(
    _ text: String, _ arguments: [String] = [], asRoot: Bool = false, changes: Bool = true
  ) -> RemoteCommand {
    RemoteCommand(["sh", "-c", text, "gantry"] + arguments, asRoot: asRoot, changes: changes)
  }
}
