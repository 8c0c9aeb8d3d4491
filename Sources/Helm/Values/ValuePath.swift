import Documents

/// Where a value stands in a tree: `global.image.tag`, `users[0].name`.
public struct ValuePath: Sendable, Hashable, CustomStringConvertible {
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  public var steps: [Step]

  public init(_ steps: [Step]) { self.steps = steps }

  /// Reads a path: names joined by dots, list positions in brackets; `\` before a dot or a bracket takes it as it is, as
  /// `helm --set` does.
  ///
  /// - Throws: `bad-key-path`, for wildcards too.
  public init(_ text: String) throws(HelmError) {
    let parts = try PathPattern(text).parts
    var steps: [Step] = []
    for part in parts {
      switch part {
      case .step(let step): steps.append(step)
      case .any, .deep:
        throw HelmError(.badKeyPath, "\(text.quoted) names more than one value", hint: "leave out the *")
      }
    }
    self.steps = steps
  }

  func appending(_ step: Step) -> ValuePath { ValuePath(steps + [step]) }

  public var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .key(let name):
        if !text.isEmpty { text += "." }
        for character in name {
          if ".[]\\*".contains(character) { text += "\\" }
          text.append(character)
        }
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}

/// Paths that values may stand at: `*` for any one key or position, `**` for any depth.
///
/// `**` alone stands for every value; `**.repository` for each key of that name, at the top too.
public struct PathPattern: Sendable, Hashable {
  enum Part: Sendable, Hashable {
    case step(ValuePath.Step)
    case any
    case deep
  }

  let parts: [Part]

  /// - Throws: `bad-key-path`.
  public init(_ text: String) throws(HelmError) {
    var parts: [Part] = []
    var name = ""
    var isPlain = true
    var expectsName = true
    func refused() -> HelmError {
      HelmError(
        .badKeyPath, "\(text.quoted) is no key", hint: "write it as global.image.tag or users[0].name")
    }
    func finishName() throws(HelmError) {
      guard !name.isEmpty else {
        if expectsName { throw refused() }
        return
      }
      switch name {
      case "*" where isPlain: parts.append(.any)
      case "**" where isPlain: parts.append(.deep)
      default: parts.append(.step(.key(name)))
      }
      name = ""
      isPlain = true
      expectsName = false
    }
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "\\":
        guard let next = rest.popFirst() else { throw refused() }
        name.append(next)
        isPlain = false
      case ".":
        try finishName()
        expectsName = true
      case "[":
        if !name.isEmpty { try finishName() }
        guard let end = rest.firstIndex(of: "]") else { throw refused() }
        let inner = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if inner == "*" {
          parts.append(.any)
        } else if let index = Int(inner), index >= 0 {
          parts.append(.step(.index(index)))
        } else {
          throw refused()
        }
        expectsName = false
      default: name.append(character)
      }
    }
    try finishName()
    guard !parts.isEmpty else { throw refused() }
    self.parts = parts
  }

  /// The paths of `tree` that match, in the order of the tree, each once.
  func matches(in tree: Value) -> [ValuePath] {
    var found: [ValuePath] = []
    var seen: Set<ValuePath> = []
    collect(tree, ValuePath([]), parts[...]) { path in
      if seen.insert(path).inserted { found.append(path) }
    }
    return found
  }

  private func collect(
    _ value: Value, _ path: ValuePath, _ parts: ArraySlice<Part>, _ take: (ValuePath) -> Void
  ) {
    guard let part = parts.first else {
      take(path)
      return
    }
    let rest = parts.dropFirst()
    switch part {
    case .step(let step):
      if let child = value.child(step) { collect(child, path.appending(step), rest, take) }
    case .any:
      for (step, child) in value.children { collect(child, path.appending(step), rest, take) }
    case .deep:
      if rest.isEmpty {
        if !path.steps.isEmpty { take(path) }
      } else {
        collect(value, path, rest, take)
      }
      for (step, child) in value.children { collect(child, path.appending(step), parts, take) }
    }
  }
}
