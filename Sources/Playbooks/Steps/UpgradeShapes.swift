import Documents
import Helm

// The small shapes of an upgrade.

extension Shape where Output == String {
  static var id: Shape {
    Shape(schema: Schema.type("string").with("pattern", .string("^[a-z0-9]+(-[a-z0-9]+)*$")), placeholder: "")
    {
      node, reading in
      if case .scalar(.string(let text)) = node.content, text.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil
      {
        return text
      }
      reading.problem(.badValue, "an id is lower case words joined by hyphens", line: node.line)
      return ""
    }
  }

  /// A place in the values, perhaps with `*` and `**`.
  static var keyPattern: Shape {
    let text = Shape.constant("keys are the same in every run")
    return Shape(schema: text.schema, placeholder: "") { node, reading in
      let pattern = text.read(node, &reading)
      do throws(HelmError) { _ = try PathPattern(pattern) } catch {
        reading.problem(.badValue, error.message, line: node.line, hint: error.hint)
      }
      return pattern
    }
  }

  /// A chart's version, as text.
  static var version: Shape {
    Shape(schema: filledText.schema, placeholder: "") { node, reading in
      let text = filledText.read(node, &reading)
      if !text.isEmpty, !text.contains(Template.opening), ChartVersion(lenient: text) == nil {
        reading.problem(.badValue, "'\(text)' is no version", line: node.line, hint: "write it as 0.21.0")
      }
      return text
    }
  }

  /// `http://` or `https://` or `oci://`, without a password in it: it would be recorded.
  static var url: Shape {
    Shape(schema: filledText.schema, placeholder: "") { node, reading in
      let text = filledText.read(node, &reading)
      guard !text.isEmpty, !text.contains(Template.opening) else { return text }
      let schemes = ["http://", "https://", "oci://"]
      guard let scheme = schemes.first(where: text.hasPrefix) else {
        reading.problem(
          .badValue, "a repository's address begins with http://, https:// or oci://", line: node.line)
        return ""
      }
      if text.dropFirst(scheme.count).prefix(while: { $0 != "/" }).contains("@") {
        reading.problem(
          .secret, "a password in the address would be seen", line: node.line,
          hint: "log in on the control node with helm repo add")
        return ""
      }
      return text
    }
  }

  /// One value as Helm's `--set` would take it: a scalar of YAML, kept as its text.
  static var setting: Shape {
    .scalar(
      Schema([("type", .array(["string", "number", "boolean"].map(Value.string)))]), "a single value",
      kinds: [.text, .number, .flag, .path, .bundle], placeholder: "", unknown: { $0 }
    ) { value, _, _ in
      switch value {
      case .string(let text):
        // A text that would be read as something else keeps its quotes.
        if case .string = YAMLScalar.value(of: text), !text.isEmpty { text } else { "\"\(text)\"" }
      case .int, .double, .bool: value.keyText
      default: nil
      }
    }
  }
}

extension Shape where Output == VersionRange? {
  static var range: Shape {
    let schema = Schema.type("string").with("pattern", .string("^ *(>=|<=|>|<|=) *v?[0-9]"))
    return Shape(schema: schema, placeholder: nil) { node, reading in
      guard case .scalar(.string(let text)) = node.content else {
        reading.problem(
          .wrongKind, "this is read as \(node.value.kind), and a range of versions is needed",
          line: node.line,
          hint: "write it in quotes: \">=0.21.0\"")
        return nil
      }
      do throws(HelmError) { return try VersionRange(text) } catch {
        reading.problem(.badValue, error.message, line: node.line, hint: error.hint)
        return nil
      }
    }
  }
}

extension Shape where Output == ValueTemplate {
  /// A tree of texts.
  static var valueTemplate: Shape {
    Shape(schema: Schema(), placeholder: .text("")) { node, reading in
      func read(_ node: YAMLNode) -> ValueTemplate {
        switch node.content {
        case .scalar(let value): .text(value == .null ? "" : value.keyText ?? "")
        case .sequence(let items): .list(items.map(read))
        case .mapping(let pairs): .mapping(pairs.map { ValueTemplate.Member($0.name, read($0.value)) })
        }
      }
      return read(node)
    }
  }
}
