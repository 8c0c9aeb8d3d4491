import Documents

/// A variable that a playbook declares: what may be given to it, and what it is without that.
public struct Variable: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case text
    /// A whole number.
    case number
    /// `true` or `false`.
    case flag
    /// A file or folder on this machine.
    case path
    /// A path to a module's bundle; conditions may ask for its `.version` and `.module`.
    case bundle
    /// A list of texts.
    case list

    /// It can stand where text is needed.
    var isWord: Bool { self == .text || self == .path || self == .bundle }
    var isPath: Bool { self == .path || self == .bundle }

    /// As messages say it.
    var words: String {
      switch self {
      case .text: "text"
      case .number: "a whole number"
      case .flag: "true or false"
      case .path: "a path"
      case .bundle: "a path to a bundle"
      case .list: "a list"
      }
    }
  }

  public let name: String
  public let kind: Kind
  public let description: String?
  /// The only texts that it may be; empty for any.
  public let choices: [String]
  /// Without one, and not required, the variable is nothing, and a key that it stands for counts as left out.
  public let defaultValue: Value?
  public let isRequired: Bool
  /// It comes from the environment alone, and is never recorded or shown.
  public let isSecret: Bool
  /// The environment variable of a secret.
  public let environmentName: String
  /// Where it is declared, from 1.
  public let line: Int

  static let namePattern = "^[A-Za-z_][A-Za-z0-9_]*$"

  /// Takes a value in the form it has in a file.
  ///
  /// - Returns: nil when it is of another kind.
  func take(_ value: Value) -> Value? {
    switch (kind, value) {
    case (.text, .string), (.path, .string), (.bundle, .string), (.number, .int), (.flag, .bool): value
    case (.list, .array(let items)):
      items.allSatisfy { if case .string = $0 { true } else { false } } ? value : nil
    default: nil
    }
  }

  /// Why a value of the right kind cannot be used; nil when it can.
  func objection(to value: Value) -> String? {
    guard case .string(let text) = value, !choices.isEmpty, !choices.contains(text) else { return nil }
    return "'\(text)' is none of \(choices.joined(separator: ", "))"
  }

  /// Takes a value as it is written on a command line; a list's items are set apart by commas.
  func take(word: String) -> Value? {
    switch kind {
    case .text, .path, .bundle: .string(word)
    case .number: Int(word).map(Value.int)
    case .flag: ["true": true, "yes": true, "false": false, "no": false][word].map(Value.bool)
    case .list: .array(word.split(separator: ",").map { .string($0.stripped) })
    }
  }
}

extension Variable {
  /// How one variable is declared; its name is the key above.
  static let shape = Shape<Draft>.object("a variable") { keys in
    let kind = keys.optional(
      "type", .choice(Kind.allCases.map { ($0.rawValue, $0) }), default: .text,
      "What it holds: text, number, flag, path, bundle (a path to a module's bundle) or list (of texts).",
      shown: .string("text"))
    let description = keys.optional("description", .text, "What it is for, in a line.")
    let choices = keys.optional("choices", .list(of: .text), default: [], "The only texts that it may be.")
    let value = keys.optional("default", .any, "Its value when nobody gives one.")
    let isRequired = keys.optional(
      "required", .flag, default: false, "Whether the run needs a value for it.", shown: .bool(false))
    let isSecret = keys.optional(
      "secret", .flag, default: false,
      "Whether it comes from the environment alone and is never recorded or shown.", shown: .bool(false))
    let environment = keys.optional(
      "env", .name, "The environment variable of a secret; otherwise GANTRY_VAR_ and its name in capitals.")
    let line = keys.line()
    keys.withReading { reading in
      if isRequired, value != nil {
        reading.problem(.badValue, "a variable with a default cannot be required", line: line)
      }
      if isSecret, value != nil {
        reading.problem(
          .secret, "a secret cannot stand in the file", line: line, hint: "leave out its default")
      }
      if isSecret, kind != .text {
        reading.problem(.badValue, "a secret is text, not \(kind.words)", line: line)
      }
      if !choices.isEmpty, kind != .text || isSecret {
        reading.problem(.badValue, "'choices' belong to a variable of type text", line: line)
      }
      if environment != nil, !isSecret {
        reading.problem(.badValue, "'env' belongs to a secret", line: line, hint: "add secret: true")
      }
    }
    return Draft(
      kind: kind, description: description, choices: choices, value: value, isRequired: isRequired,
      isSecret: isSecret,
      environment: environment)
  }

  /// A declaration without its name.
  struct Draft: Sendable {
    let kind: Kind
    let description: String?
    let choices: [String]
    let value: Value?
    let isRequired: Bool
    let isSecret: Bool
    let environment: String?
  }

  init(_ name: String, _ draft: Draft, line: Int, reading: inout Reading) {
    self.name = name
    self.line = line
    kind = draft.kind
    description = draft.description
    choices = draft.choices
    isRequired = draft.isRequired
    isSecret = draft.isSecret
    environmentName = draft.environment ?? "GANTRY_VAR_\(name.uppercased())"
    var value = draft.value
    if case .string(let path)? = value, draft.kind.isPath {
      value = .string(reading.absolute(path))
    }
    defaultValue = value
    if let value, take(value) == nil {
      reading.problem(
        .wrongKind, "the default of '\(name)' is \(value.kind), and \(kind.words) is needed", line: line,
        hint: value.keyText != nil && kind.isWord ? "put it in quotes" : nil)
    }
    if let value, let objection = objection(to: value) {
      reading.problem(.badValue, "the default of '\(name)': \(objection)", line: line)
    }
  }
}
