import Documents

/// The reading of one playbook: where it is, what its variables are, and every problem so far.
struct Reading {
  let file: String
  /// What relative paths in the file are relative to; nil for a playbook that is no file.
  let folder: String?
  /// The variables that templates may name.
  var variables: [String: Variable] = [:]
  /// Their values; nil while nobody has given any.
  var values: VariableValues?
  /// Names of the steps above the one that is read, for conditions.
  var earlierSteps: [String] = []
  private(set) var problems: [PlaybookProblem] = []
  /// Nothing is a template just now.
  private var isLiteral = false

  init(file: String, folder: String?) {
    self.file = file
    self.folder = folder
  }

  mutating func problem(
    _ code: PlaybookProblem.Code, _ message: String, line: Int, hint: String? = nil
  ) {
    problems.append(PlaybookProblem(code, message, file: file, line: line, hint: hint))
  }

  /// Reads something in which nothing is a template when `isLiteral`.
  mutating func literally<Output>(_ isLiteral: Bool, _ read: (inout Reading) -> Output) -> Output {
    let before = self.isLiteral
    self.isLiteral = before || isLiteral
    defer { self.isLiteral = before }
    return read(&self)
  }

  /// What stands at a place once variables are filled in.
  enum Resolved {
    /// A node without templates.
    case node(YAMLNode)
    /// A text whose variables have no value yet; as it was written.
    case unknown(String)
    /// A variable that has the value nothing: as if the key were not there.
    case absent
    /// A problem was told.
    case wrong
  }

  /// Fills variables into one scalar.
  ///
  /// - Parameter kinds: what the place takes; a variable of another kind is a problem before it has a value.
  mutating func resolve(_ node: YAMLNode, kinds: Set<Variable.Kind>) -> Resolved {
    guard !isLiteral, case .scalar(.string(let text)) = node.content, text.contains(Template.opening) else {
      return .node(node)
    }
    guard let template = parse(text, line: node.line) else { return .wrong }
    for name in template.names where variables[name]?.isSecret == true {
      problem(
        .secret, "the secret '\(name)' would be seen here", line: node.line,
        hint: "a secret may only be the stdin of an exec step")
      return .wrong
    }
    if let name = template.only {
      guard let variable = variables[name] else { return .wrong }
      if !kinds.contains(variable.kind), !(kinds.contains(.text) && variable.kind.isWord) {
        let wanted = kinds.map(\.words).sorted().joined(separator: " or ")
        problem(
          .wrongKind, "this needs \(wanted), and the variable '\(name)' is \(variable.kind.words)",
          line: node.line)
        return .wrong
      }
      guard let values else { return .unknown(text) }
      let value = values[name]
      if case .null = value { return .absent }
      return .node(YAMLNode(line: node.line, content: Self.content(value, line: node.line)))
    }
    guard let values else {
      return template.names.isEmpty ? .node(filled(template, [:], node)) : .unknown(text)
    }
    var words: [String: String] = [:]
    for name in template.names {
      guard let word = values[name].keyText, values[name] != .null else {
        problem(
          .variable, "the variable '\(name)' has no value that could be part of a text", line: node.line,
          hint: "give one with --set \(name)=VALUE")
        return .wrong
      }
      words[name] = word
    }
    return .node(filled(template, words, node))
  }

  /// The template in a text, every name of it declared; nil after a problem was told.
  mutating func parse(_ text: String, line: Int) -> Template? {
    let template: Template
    do { template = try Template(text) } catch {
      problem(.syntax, error.message, line: line, hint: error.hint)
      return nil
    }
    var isFine = true
    for name in template.names where variables[name] == nil {
      problem(
        .undefined, "there is no variable '\(name)'", line: line,
        hint: NearestName.hint(name, in: variables.keys.sorted()) ?? "declare it under variables")
      isFine = false
    }
    return isFine ? template : nil
  }

  private func filled(_ template: Template, _ words: [String: String], _ node: YAMLNode) -> YAMLNode {
    YAMLNode(line: node.line, content: .scalar(.string(template.filled(with: words))))
  }

  private static func content(_ value: Value, line: Int) -> YAMLNode.Content {
    switch value {
    case .array(let items): .sequence(items.map { YAMLNode(line: line, content: content($0, line: line)) })
    default: .scalar(value)
    }
  }
}
