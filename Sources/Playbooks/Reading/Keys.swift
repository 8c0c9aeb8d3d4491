import Documents

/// The keys of one mapping, as a description asks for them: it either reads them out of a file or, without one, takes
/// down what there is to ask for.
struct Keys {
  private let what: String
  private let pairs: [YAMLNode.Pair]
  private let line: Int
  private var reading: Reading?
  private var properties: [(String, Schema)] = []
  private var requiredKeys: [String] = []
  private var constraints: [Value] = []
  /// What the reading had before this mapping.
  private let values: VariableValues?

  /// Only describes.
  init(_ what: String) {
    values = nil
    self.what = what
    pairs = []
    line = 0
  }

  init(_ what: String, pairs: [YAMLNode.Pair], line: Int, reading: Reading) {
    values = reading.values
    self.what = what
    self.pairs = pairs
    self.line = line
    self.reading = reading
  }

  /// The line of the mapping, or of one of its keys; 0 while only describing.
  func line(of key: String? = nil) -> Int {
    key.flatMap { key in pairs.first { $0.name == key }?.line } ?? line
  }

  /// Whether the file has this key.
  func has(_ key: String) -> Bool { pairs.contains { $0.name == key } }

  /// What the mapping lies in, for checks across keys; nil while only describing.
  mutating func withReading(_ work: (inout Reading) -> Void) {
    guard var reading else { return }
    self.reading = nil
    work(&reading)
    self.reading = reading
  }

  // MARK: Asking

  mutating func required<Output>(_ key: String, _ shape: Shape<Output>, _ text: String) -> Output {
    describe(key, shape.schema, text)
    requiredKeys.append(key)
    guard reading != nil else { return shape.placeholder }
    guard let output = read(key, shape) else {
      // A variable that has no value leaves its key out.
      let isThere = has(key)
      withReading { [line = line(of: key), what] reading in
        reading.problem(
          .missingKey, isThere ? "'\(key)' has no value" : "\(what) has no '\(key)'", line: line,
          hint: isThere ? "give the variable a value with --set" : nil)
      }
      return shape.placeholder
    }
    return output
  }

  mutating func optional<Output>(_ key: String, _ shape: Shape<Output>, _ text: String) -> Output? {
    describe(key, shape.schema, text)
    return read(key, shape)
  }

  mutating func optional<Output>(
    _ key: String, _ shape: Shape<Output>, default value: Output, _ text: String, shown: Value? = nil
  ) -> Output {
    describe(key, shape.schema.with("default", shown), text)
    return read(key, shape) ?? value
  }

  /// A mapping whose keys are free: each is checked by `name` and read by `shape`.
  mutating func names<Output>(
    _ key: String, pattern: String, _ text: String, name: (String) -> String?, _ shape: Shape<Output>
  ) -> [(name: String, line: Int, value: Output)] {
    describe(
      key,
      Schema.type("object").with("propertyNames", Schema([("pattern", .string(pattern))]).value)
        .with("additionalProperties", shape.schema.value), text)
    guard let pair = pairs.first(where: { $0.name == key }), reading != nil else { return [] }
    guard let members = pair.value.mapping else {
      withReading {
        $0.problem(
          .wrongKind,
          "'\(key)' is \(pair.value.isNull ? "empty" : pair.value.value.kind), and a mapping is needed",
          line: pair.line)
      }
      return []
    }
    var result: [(name: String, line: Int, value: Output)] = []
    for member in members {
      if let mistake = name(member.name) {
        withReading { $0.problem(.badValue, mistake, line: member.line) }
      }
      withReading { reading in
        result.append((member.name, member.line, shape.read(member.value, &reading)))
      }
    }
    return result
  }

  /// Exactly one of these keys must be there.
  mutating func exactlyOne(of keys: [String], _ what: String) {
    constraints.append(
      .object([
        Value.Member(
          "oneOf",
          .array(keys.map { .object([Value.Member("required", .array([.string($0)]))]) }))
      ]))
    let found = keys.filter(has)
    guard reading != nil, found.count != 1 else { return }
    let whole = self.what
    let place = found.count > 1 ? line(of: found[1]) : line
    withReading { reading in
      if found.isEmpty {
        reading.problem(
          .missingKey, "\(whole) has no \(what)", line: place, hint: "one of \(keys.joined(separator: ", "))")
      } else {
        reading.problem(
          .duplicate, "\(whole) has '\(found[0])' and '\(found[1])', and can have one of them", line: place)
      }
    }
  }

  // MARK: The end

  /// Tells keys that nobody asked for.
  mutating func finish() -> Reading {
    let known = properties.map(\.0)
    for pair in pairs where !known.contains(pair.name) {
      withReading { [what] reading in
        reading.problem(
          .unknownKey, "\(what) has no key '\(pair.name)'", line: pair.line,
          hint: NearestName.hint(pair.name, in: known) ?? "there are \(known.joined(separator: ", "))")
      }
    }
    var reading = reading ?? Reading(file: "", folder: nil)
    reading.values = values
    return reading
  }

  var schema: Schema {
    var schema = Schema.type("object")
      .with("properties", .object(properties.map { Value.Member($0.0, $0.1.value) }))
      .with("additionalProperties", .bool(false))
    if !requiredKeys.isEmpty { schema = schema.with("required", .array(requiredKeys.map(Value.string))) }
    if !constraints.isEmpty { schema = schema.with("allOf", .array(constraints)) }
    return schema
  }

  private mutating func describe(_ key: String, _ schema: Schema, _ text: String) {
    properties.append((key, schema.with("description", .string(text))))
  }

  /// nil when the key is not there, or a variable without a value stands there.
  private mutating func read<Output>(_ key: String, _ shape: Shape<Output>) -> Output? {
    guard let pair = pairs.first(where: { $0.name == key }), var reading else { return nil }
    self.reading = nil
    defer { self.reading = reading }
    if reading.isAbsent(pair.value) { return nil }
    return shape.read(pair.value, &reading)
  }
}

extension Reading {
  /// A variable that has the value nothing stands there alone.
  fileprivate func isAbsent(_ node: YAMLNode) -> Bool {
    guard let values, case .scalar(.string(let text)) = node.content, let name = (try? Template(text))?.only,
      let variable = variables[name], !variable.isSecret
    else { return false }
    return values[name] == .null
  }
}
