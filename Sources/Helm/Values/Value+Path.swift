import Documents

/// Values by their path, and trees that differ from another in one place.
extension Value {
  func child(_ step: ValuePath.Step) -> Value? {
    switch (self, step) {
    case (.object(let members), .key(let name)): members.first { $0.key == name }?.value
    case (.array(let items), .index(let index)): items.indices.contains(index) ? items[index] : nil
    default: nil
    }
  }

  var children: [(ValuePath.Step, Value)] {
    switch self {
    case .object(let members): members.map { (.key($0.key), $0.value) }
    case .array(let items): items.enumerated().map { (.index($0.offset), $0.element) }
    default: []
    }
  }

  package func at(_ path: ValuePath) -> Value? {
    var value: Value? = self
    for step in path.steps { value = value?.child(step) }
    return value
  }

  package subscript(_ keys: String...) -> Value? { at(ValuePath(keys.map { .key($0) })) }

  /// The text of a string.
  package var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  package var members: [Member]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  package var items: [Value]? {
    guard case .array(let items) = self else { return nil }
    return items
  }

  var isCollection: Bool { members != nil || items != nil }

  /// The tree with `value` at `path`; mappings that are missing on the way are made at the end of theirs. nil where the
  /// way leads through something else.
  func setting(_ path: ArraySlice<ValuePath.Step>, to value: Value) -> Value? {
    guard let step = path.first else { return value }
    let rest = path.dropFirst()
    switch (self, step) {
    case (.object(var members), .key(let name)):
      if let index = members.firstIndex(where: { $0.key == name }) {
        guard let child = members[index].value.setting(rest, to: value) else { return nil }
        members[index] = Member(name, child)
      } else {
        guard let child = Value.null.setting(rest, to: value) else { return nil }
        members.append(Member(name, child))
      }
      return .object(members)
    case (.null, .key(let name)):
      return Value.null.setting(rest, to: value).map { .object([Member(name, $0)]) }
    case (.array(var items), .index(let index)):
      guard items.indices.contains(index), let child = items[index].setting(rest, to: value) else {
        return nil
      }
      items[index] = child
      return .array(items)
    default: return nil
    }
  }

  /// The tree without what is at `path`; nil where nothing is.
  func removing(_ path: ArraySlice<ValuePath.Step>) -> Value? {
    guard let step = path.first, let child = child(step) else { return nil }
    let rest = path.dropFirst()
    let replacement: Value?
    if rest.isEmpty {
      replacement = nil
    } else {
      guard let changed = child.removing(rest) else { return nil }
      replacement = changed
    }
    return replacing(step, with: replacement.map { (nil, $0) })
  }

  /// The tree with another name for the key at `path`; nil where there is none or the name is taken.
  func renaming(_ path: ArraySlice<ValuePath.Step>, to name: String) -> Value? {
    guard let step = path.first, let child = child(step) else { return nil }
    let rest = path.dropFirst()
    guard rest.isEmpty else {
      guard let changed = child.renaming(rest, to: name) else { return nil }
      return replacing(step, with: (nil, changed))
    }
    guard case .key = step, self.child(.key(name)) == nil else { return nil }
    return replacing(step, with: (name, child))
  }

  private func replacing(_ step: ValuePath.Step, with new: (name: String?, value: Value)?) -> Value? {
    switch (self, step) {
    case (.object(var members), .key(let name)):
      guard let index = members.firstIndex(where: { $0.key == name }) else { return nil }
      if let new { members[index] = Member(new.name ?? name, new.value) } else { members.remove(at: index) }
      return .object(members)
    case (.array(var items), .index(let index)):
      guard items.indices.contains(index) else { return nil }
      if let new { items[index] = new.value } else { items.remove(at: index) }
      return .array(items)
    default: return nil
    }
  }
}
