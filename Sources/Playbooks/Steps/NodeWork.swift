import Documents
import Inventory

/// A command on a node.
public struct ExecWork: Sendable, Equatable {
  public enum Command: Sendable, Equatable {
    /// A program and its arguments, which reach it exactly as they are.
    case words([String])
    /// A text for `sh`, with its positional parameters.
    case shell(String, arguments: [String])
  }

  public let command: Command
  public let asRoot: Bool
  /// Whether it changes something on the node; a dry run runs only those that do not.
  public let changes: Bool
  /// A path on the node: where it is there, the command has been run already.
  public let creates: String?
  /// Fed to the command's standard input; may be a secret.
  public let input: SecretText?

  static let shape = Shape<ExecWork>.object("exec") { keys in
    keys.exactlyOne(of: ["command", "shell"], "command")
    let words = keys.optional(
      "command", .list(of: .text, atLeast: 1),
      "A program and its arguments, a word an item; no shell looks at them.")
    let shell = keys.optional(
      "shell", .constant("values reach the text as $1, $2, …: write them under arguments"),
      "A text for sh, pipes and all; values reach it as $1, $2, …, from arguments.")
    let arguments = keys.optional(
      "arguments", .list(of: .text), default: [], "The shell text's $1, $2, ….")
    let asRoot = keys.optional(
      "become", .flag, default: false, "Run it as root, as ansible_become says.", shown: .bool(false))
    let changes = keys.optional(
      "changes", .flag, default: true,
      "false for a command that only looks: it counts as ok, not as changed, and --check runs it.",
      shown: .bool(true))
    let creates = keys.optional(
      "creates", .filledText, "A path on the node: where it is there, the command is not run.")
    let input = keys.optional("stdin", .secretText, "What the command reads on its standard input.")
    if shell == nil, keys.has("arguments") {
      keys.withReading { [line = keys.line(of: "arguments")] reading in
        reading.problem(.badValue, "'arguments' belong to 'shell'", line: line, hint: "add them to command")
      }
    }
    return ExecWork(
      command: shell.map { .shell($0, arguments: arguments) } ?? .words(words ?? []), asRoot: asRoot,
      changes: changes, creates: creates, input: input)
  }
}

/// A text that may hold a secret.
public enum SecretText: Sendable, Equatable {
  case plain(String)
  case secret(Secret)
}

/// A file for a node.
public struct CopyWork: Sendable, Equatable {
  /// An absolute path on this machine.
  public let from: String
  /// An absolute path on the node.
  public let to: String
  /// Octal, as chmod takes it.
  public let mode: String
  /// A user, or `user:group`; nil for whoever writes it.
  public let owner: String?
  public let asRoot: Bool

  static let shape = Shape<CopyWork>.object("copy") { keys in
    let from = keys.required("from", .path, "The file on this machine, relative to the playbook.")
    let to = keys.required("to", .remotePath, "Its full path on the node; the folder must be there.")
    let mode = keys.optional(
      "mode", .mode, default: "0600", "Its mode, in quotes: \"0600\".", shown: .string("0600"))
    let owner = keys.optional("owner", .owner, "Its user, or user:group.")
    let asRoot = keys.optional(
      "become", .flag, default: false, "Write it as root, as ansible_become says.", shown: .bool(false))
    return CopyWork(from: from, to: to, mode: mode, owner: owner, asRoot: asRoot)
  }
}

/// A wait.
public enum PauseWork: Sendable, Equatable {
  /// Somebody reads the message and presses return.
  case message(String)
  /// Seconds.
  case duration(Double, message: String?)

  static let shape = Shape<PauseWork>.object("pause") { keys in
    let message = keys.optional(
      "message", .filledText, "What to tell; without a duration, somebody has to answer.")
    let duration = keys.optional("duration", .duration, "How long to wait; nobody is asked.")
    if message == nil, duration == nil {
      keys.withReading { [line = keys.line()] reading in
        reading.problem(.missingKey, "pause has neither 'message' nor 'duration'", line: line)
      }
    }
    return duration.map { .duration($0, message: message) } ?? .message(message ?? "")
  }
}

/// A bundle into a registry and a chart repository.
public struct SyncWork: Sendable, Equatable {
  /// An absolute path of a `load-image.yaml`.
  public let config: String
  /// What is another image or chart in the target is replaced.
  public let overwrite: Bool
  public let insecure: Bool
  /// An absolute path of a PEM file.
  public let caFile: String?

  static let shape = Shape<SyncWork>.object("sync") { keys in
    let config = keys.required("config", .path, "A load-image.yaml, as charts-syncer reads it.")
    let overwrite = keys.optional(
      "overwrite", .flag, default: false,
      "Move tags and replace charts that are something else in the target.", shown: .bool(false))
    let insecure = keys.optional(
      "insecure", .flag, default: false,
      "Take any certificate, and plain http where https is not spoken.", shown: .bool(false))
    let caFile = keys.optional("ca_file", .path, "A PEM file with an authority that is trusted too.")
    return SyncWork(
      config: config, overwrite: overwrite, insecure: insecure, caFile: caFile)
  }
}

extension Shape where Output == String {
  fileprivate static var remotePath: Shape {
    Shape(schema: Schema.type("string").with("pattern", .string("^/|[$][{][{]")), placeholder: "") {
      node, reading in
      let text = filledText.read(node, &reading)
      if !text.isEmpty, !text.hasPrefix("/"), !text.contains(Template.opening) {
        reading.problem(.badValue, "a path on a node begins with /", line: node.line)
      }
      return text
    }
  }

  fileprivate static var mode: Shape {
    let schema = Schema.anyOf([
      Schema.type("string").with("pattern", .string("^0?[0-7]{3,4}$")), .reference(Schema.templateName),
    ])
    return .scalar(
      schema, textWords, kinds: [.text], placeholder: "0600", unknown: { $0 }
    ) { value, line, reading in
      guard case .string(let text) = value else { return nil }
      if text.wholeMatch(of: /0?[0-7]{3,4}/) == nil {
        reading.problem(.badValue, "'\(text)' is no mode", line: line, hint: "write \"0600\" or \"0755\"")
      }
      return text
    }
  }

  fileprivate static var owner: Shape {
    let pattern = "^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$|[$][{][{]"
    return Shape(schema: Schema.type("string").with("pattern", .string(pattern)), placeholder: "") {
      node, reading in
      let text = filledText.read(node, &reading)
      let isOwner = text.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?/) != nil
      if !text.isEmpty, !text.contains(Template.opening), !isOwner {
        reading.problem(.badValue, "an owner is a user, or user:group", line: node.line)
      }
      return text
    }
  }
}

extension Shape where Output == SecretText {
  /// A text, or a secret variable alone.
  fileprivate static var secretText: Shape {
    Shape(schema: .type("string"), placeholder: .plain("")) { node, reading in
      if case .scalar(.string(let text)) = node.content, let name = (try? Template(text))?.only,
        reading.variables[name]?.isSecret == true
      {
        guard let values = reading.values else { return .plain(text) }
        if let secret = values.secrets[name] { return .secret(secret) }
        reading.problem(
          .variable, "the secret '\(name)' has no value", line: node.line,
          hint: reading.variables[name].map { "set \($0.environmentName) for gantry" })
        return .plain("")
      }
      return .plain(Shape<String>.text.read(node, &reading))
    }
  }
}
