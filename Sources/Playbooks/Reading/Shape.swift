import Documents

/// One kind of value in a playbook: what it looks like as a JSON Schema, and how it is read. Both are made in one place,
/// so what an editor accepts and what gantry accepts cannot drift apart.
struct Shape<Output: Sendable>: Sendable {
  let schema: Schema
  /// Stands in where nothing could be read: after a problem, and where a variable has no value yet.
  let placeholder: Output
  /// Reads a node; tells a problem and returns the placeholder when it cannot.
  let read: @Sendable (YAMLNode, inout Reading) -> Output

  /// The same shape, made into something else.
  func map<Other: Sendable>(_ change: @escaping @Sendable (Output) -> Other) -> Shape<Other> {
    Shape<Other>(schema: schema, placeholder: change(placeholder)) { node, reading in
      change(read(node, &reading))
    }
  }
}

extension Shape {
  /// A single value of some kinds, with variables filled in.
  ///
  /// - Parameters:
  ///   - kinds: of variables that may stand here alone.
  ///   - unknown: makes something of a text whose variables have no value yet.
  ///   - parse: nil when the value is of another kind; the words of the message say which one is right.
  static func scalar(
    _ schema: Schema, _ words: String, kinds: Set<Variable.Kind>, placeholder: Output,
    unknown: (@Sendable (String) -> Output)? = nil,
    parse: @escaping @Sendable (Value, Int, inout Reading) -> Output?
  ) -> Shape {
    Shape(schema: schema, placeholder: placeholder) { node, reading in
      switch reading.resolve(node, kinds: kinds) {
      case .wrong: return placeholder
      case .absent:
        // Where the key could be left out, ``Keys`` has done so.
        reading.problem(
          .variable, "the variable here has no value", line: node.line, hint: "give it one with --set")
        return placeholder
      case .unknown(let text): return unknown?(text) ?? placeholder
      case .node(let node):
        guard case .scalar(let value) = node.content, let output = parse(value, node.line, &reading) else {
          let kind = node.value.kind
          var hint: String?
          if words == Shape<String>.textWords, node.value.keyText != nil { hint = "put it in quotes" }
          reading.problem(
            .wrongKind, "this is read as \(kind), and \(words) is needed", line: node.line, hint: hint)
          return placeholder
        }
        return output
      }
    }
  }

  /// A list, or one item alone where `single` says so.
  static func list<Item>(of item: Shape<Item>, single: Bool = false, atLeast: Int = 0) -> Shape
  where Output == [Item] {
    var list = Schema.type("array").with("items", item.schema.value)
    if atLeast > 0 { list = list.with("minItems", .int(atLeast)) }
    let schema = Schema.anyOf([list, .reference(Schema.templateName)] + (single ? [item.schema] : []))
    return Shape(schema: schema, placeholder: []) { node, reading in
      let resolved: YAMLNode
      switch reading.resolve(node, kinds: [.list] + (single ? Set(Variable.Kind.allCases) : [])) {
      case .wrong, .absent, .unknown: return []
      case .node(let node): resolved = node
      }
      switch resolved.content {
      case .sequence(let items):
        if items.count < atLeast {
          reading.problem(.badValue, "this list needs at least one item", line: resolved.line)
        }
        // What came out of a variable is no template, whatever it looks like.
        let isFilled = node.value != resolved.value
        return reading.literally(isFilled) { reading in items.map { item.read($0, &reading) } }
      case .scalar(let value) where single && value != .null:
        return [item.read(node, &reading)]
      default:
        reading.problem(
          .wrongKind, "this is \(resolved.value.kind), and a list is needed", line: resolved.line)
        return []
      }
    }
  }

  /// A mapping with known keys, which `build` asks for one by one.
  static func object(_ what: String, _ build: @escaping @Sendable (inout Keys) -> Output) -> Shape {
    var keys = Keys(what)
    let placeholder = build(&keys)
    return Shape(schema: keys.schema, placeholder: placeholder) { node, reading in
      guard let pairs = node.mapping else {
        reading.problem(
          .wrongKind, "\(what) is \(node.isNull ? "empty" : node.value.kind), and a mapping is needed",
          line: node.line)
        return placeholder
      }
      var keys = Keys(what, pairs: pairs, line: node.line, reading: reading)
      let output = build(&keys)
      reading = keys.finish()
      return output
    }
  }
}

extension Set {
  fileprivate static func + (left: Set, right: Set) -> Set { left.union(right) }
}
