import Documents
import Inventory

/// The values of a playbook's variables: given on the command line, in a file, by the environment, or by default.
public struct VariableValues: Sendable, Equatable {
  /// Every variable that is no secret; ``Value/null`` for one that has no value.
  public let values: [String: Value]
  /// The values of the secrets.
  public let secrets: [String: Secret]

  subscript(_ name: String) -> Value { values[name] ?? .null }

  /// The values as conditions ask for them; what is nothing is not defined.
  public var facts: Facts {
    var facts = Facts()
    for (name, value) in values {
      switch value {
      case .string(let text): facts[name] = .text(text)
      case .int(let number): facts[name] = .number(number)
      case .bool(let flag): facts[name] = .flag(flag)
      case .array(let items): facts[name] = .list(items.compactMap(\.keyText))
      default: break
      }
    }
    return facts
  }

  /// Where a value may come from; what is named first wins.
  public struct Sources: Sendable {
    /// `--set`, as written.
    public var words: [(name: String, word: String)]
    /// Files of variables, the last first.
    public var files: [VariablesFile]
    /// Values of an earlier run.
    public var recorded: [String: Value]
    public var environment: [String: String]
    /// What relative paths on the command line are relative to.
    public var folder: String

    public init(
      words: [(name: String, word: String)] = [], files: [VariablesFile] = [],
      recorded: [String: Value] = [:],
      environment: [String: String] = [:], folder: String
    ) {
      self.words = words
      self.files = files
      self.recorded = recorded
      self.environment = environment
      self.folder = folder
    }
  }

  /// Works out every value.
  ///
  /// - Throws: everything that is wrong: names that the playbook does not declare, values of another kind, required
  ///   variables without a value.
  public init(of variables: [Variable], from sources: Sources) throws(PlaybookError) {
    var problems: [PlaybookProblem] = []
    let declared = Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0) })
    var values = Dictionary(
      uniqueKeysWithValues: variables.filter { !$0.isSecret }.map { ($0.name, $0.defaultValue ?? .null) })

    func known(_ name: String, file: String?, line: Int?) -> Variable? {
      guard let variable = declared[name] else {
        problems.append(
          PlaybookProblem(
            .undefined, "the playbook has no variable '\(name)'", file: file, line: line,
            hint: NearestName.hint(name, in: declared.keys.sorted())
              ?? (declared.isEmpty ? nil : "it has \(declared.keys.sorted().joined(separator: ", "))")))
        return nil
      }
      guard !variable.isSecret else {
        problems.append(
          PlaybookProblem(
            .secret, "'\(name)' is a secret and comes from the environment alone", file: file, line: line,
            hint: "set \(variable.environmentName) for gantry"))
        return nil
      }
      return variable
    }

    for (name, value) in sources.recorded where declared[name]?.isSecret == false {
      if let taken = declared[name]?.take(value) { values[name] = taken }
    }
    for file in sources.files.reversed() {
      for member in file.members {
        guard let variable = known(member.name, file: file.path, line: member.line) else { continue }
        guard let value = variable.take(member.value) else {
          problems.append(
            PlaybookProblem(
              .wrongKind, "'\(member.name)' is \(member.value.kind), and \(variable.kind.words) is needed",
              file: file.path, line: member.line,
              hint: member.value.keyText != nil && variable.kind.isWord ? "put it in quotes" : nil))
          continue
        }
        values[member.name] = variable.kind.isPath ? Self.absolute(value, file.folder) : value
      }
    }
    for (name, word) in sources.words {
      guard let variable = known(name, file: nil, line: nil) else { continue }
      guard let value = variable.take(word: word) else {
        problems.append(
          PlaybookProblem(.wrongKind, "--set \(name)=\(word): \(variable.kind.words) is needed"))
        continue
      }
      values[name] = variable.kind.isPath ? Self.absolute(value, sources.folder) : value
    }

    for variable in variables {
      if let value = values[variable.name], let objection = variable.objection(to: value) {
        problems.append(
          PlaybookProblem(
            .badValue, "the variable '\(variable.name)': \(objection)",
            hint: value.keyText.flatMap { NearestName.hint($0, in: variable.choices) }))
      }
    }
    var secrets: [String: Secret] = [:]
    for variable in variables {
      if variable.isSecret {
        if let text = sources.environment[variable.environmentName], !text.isEmpty {
          secrets[variable.name] = Secret(text)
        } else if variable.isRequired {
          problems.append(
            PlaybookProblem(
              .variable, "the secret '\(variable.name)' has no value",
              hint: "set \(variable.environmentName) for gantry"))
        }
      } else if variable.isRequired, values[variable.name] == .null {
        problems.append(
          PlaybookProblem(
            .variable,
            "the variable '\(variable.name)' needs a value"
              + (variable.description.map { ": \($0)" } ?? ""),
            hint: "give it with --set \(variable.name)=VALUE"))
      }
    }
    guard problems.isEmpty else { throw PlaybookError(problems) }
    self.values = values
    self.secrets = secrets
  }

  private static func absolute(_ value: Value, _ folder: String) -> Value {
    guard case .string(let text) = value else { return value }
    return .string(Reading(file: "", folder: folder).absolute(text))
  }
}
