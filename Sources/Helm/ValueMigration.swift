/// A change that a release's values need between two versions of its chart, as data.
///
/// It is applied when the running version is in ``from`` and the new one in ``to``. A migration that finds nothing to
/// change changes nothing, so it may be applied again.
public struct ValueMigration: Codable, Sendable, Equatable {
  /// What is done at each of ``keys``.
  public enum Edit: String, Codable, Sendable, CaseIterable {
    /// A sentinel Redis URL gets its password as `master_password` in the query too.
    case sentinelPassword = "sentinel-password"
    /// An image repository loses the registry that it begins with: `r.io/a/b` → `a/b`.
    case stripRegistry = "strip-registry"
    /// The key itself gets the name ``newName``, and keeps its value and its place.
    case rename
    case delete
    /// The value at the one key of ``keys`` becomes ``value``.
    case set
  }

  /// Lower case words joined by hyphens; unique within a playbook.
  public var id: String
  /// The running versions that it is for; nil for all.
  public var from: VersionRange?
  /// The new versions that it is for; nil for all.
  public var to: VersionRange?
  /// Why, in one sentence for the operator.
  public var explanation: String
  public var edit: Edit
  /// Where: patterns as ``PathPattern`` reads them; `**` for everywhere.
  public var keys: [String]
  /// For ``Edit/rename``: the last part of the key as it becomes.
  public var newName: String?
  /// For ``Edit/set``: the new value. `{global.database.host}` in a text stands for the value at that key; when one of
  /// these is not there the migration fails and says so.
  public var value: ValueTemplate?
  /// Only where this key is there; nil for always.
  public var when: String?

  public init(
    id: String, from: VersionRange? = nil, to: VersionRange? = nil, explanation: String, edit: Edit,
    keys: [String], newName: String? = nil, value: ValueTemplate? = nil, when: String? = nil
  ) {
    self.id = id
    self.from = from
    self.to = to
    self.explanation = explanation
    self.edit = edit
    self.keys = keys
    self.newName = newName
    self.value = value
    self.when = when
  }

  /// Whether it is meant for this step between versions; a version that is not known is in every range.
  public func applies(from running: ChartVersion?, to new: ChartVersion) -> Bool {
    let fromFits = from.map { range in running.map { range.contains($0) } ?? true } ?? true
    return fromFits && (to?.contains(new) ?? true)
  }
}

/// A value of a migration, with placeholders in its texts.
public indirect enum ValueTemplate: Codable, Sendable, Equatable {
  case text(String)
  case list([ValueTemplate])
  /// In order.
  case mapping([Member])

  public struct Member: Codable, Sendable, Equatable {
    public var key: String
    public var value: ValueTemplate

    public init(_ key: String, _ value: ValueTemplate) {
      self.key = key
      self.value = value
    }
  }
}
