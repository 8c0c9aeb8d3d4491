import Documents

/// Variables by name, in the order in which they first appeared, each with the place it was written.
public struct Variables: Sendable, Hashable {
  /// One variable.
  public struct Entry: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The value.
    public let value: Value
    /// Where it was written; nil for one made in memory.
    public let origin: Origin?

    /// Makes a variable.
    public init(_ name: String, _ value: Value, origin: Origin? = nil) {
      self.name = name
      self.value = value
      self.origin = origin
    }
  }

  private var entries: [Entry] = []
  private var positions: [String: Int] = [:]

  /// No variables.
  public init() {}

  /// The variables of a list; of two with the same name, the later one counts.
  public init(_ entries: some Sequence<Entry>) {
    for entry in entries { set(entry) }
  }

  /// The value of a variable; nil if there is none of that name.
  public subscript(name: String) -> Value? { entry(name)?.value }

  /// A variable with its origin.
  public func entry(_ name: String) -> Entry? { positions[name].map { entries[$0] } }

  /// Adds a variable, or replaces its value in place.
  public mutating func set(_ entry: Entry) {
    if let position = positions[entry.name] {
      entries[position] = entry
    } else {
      positions[entry.name] = entries.count
      entries.append(entry)
    }
  }

  /// Adds all variables of a layer that takes precedence over this one.
  ///
  /// Mappings are replaced, not merged, as Ansible does unless `hash_behaviour` says otherwise.
  public mutating func overlay(_ stronger: Variables) {
    if entries.isEmpty {
      self = stronger
      return
    }
    for entry in stronger { set(entry) }
  }

  /// The same variables, with those masked whose names look secret.
  public var masked: Variables {
    Variables(entries.map { Entry($0.name, $0.value.masked(as: $0.name), origin: $0.origin) })
  }
}

extension Variables: RandomAccessCollection {
  /// The position of the first variable.
  public var startIndex: Int { entries.startIndex }
  /// The position after the last variable.
  public var endIndex: Int { entries.endIndex }
  /// The variable at a position.
  public subscript(position: Int) -> Entry { entries[position] }
}

extension Variables: Encodable {
  /// Encodes one object, names to values. Nothing is masked; see ``masked``.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: MemberKey.self)
    for entry in entries { try container.encode(entry.value, forKey: MemberKey(entry.name)) }
  }
}
