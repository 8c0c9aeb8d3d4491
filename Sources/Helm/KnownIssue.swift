/// Something that is known to go wrong when a chart crosses a version, as data: how to see that it concerns this
/// cluster, and what can be done.
public struct KnownIssue: Codable, Sendable, Equatable {
  public enum Severity: String, Codable, Sendable, CaseIterable {
    /// The upgrade is not begun until the issue is accepted or remedied.
    case stop
    /// It is told, and the upgrade goes on.
    case warn
  }

  /// How to see that an issue concerns this cluster. Exactly one of the two is given.
  public struct Check: Codable, Sendable, Equatable {
    /// Nodes one of whose labels matches one of these.
    public var nodeLabels: [LabelMatch]?
    /// Unless one of the node's labels matches one of these.
    public var unless: [LabelMatch]?
    /// Another release, by its chart's name, that must have at least a version where it is installed.
    public var releaseAtLeast: ReleaseVersion?

    public init(
      nodeLabels: [LabelMatch]? = nil, unless: [LabelMatch]? = nil, releaseAtLeast: ReleaseVersion? = nil
    ) {
      self.nodeLabels = nodeLabels
      self.unless = unless
      self.releaseAtLeast = releaseAtLeast
    }
  }

  /// A label of a node. Key and value may hold `*` for any text.
  public struct LabelMatch: Codable, Sendable, Equatable {
    public var key: String
    /// Values that match; nil for any.
    public var values: [String]?
    /// Values that do not match after all.
    public var notValues: [String]?

    public init(key: String, values: [String]? = nil, notValues: [String]? = nil) {
      self.key = key
      self.values = values
      self.notValues = notValues
    }
  }

  public struct ReleaseVersion: Codable, Sendable, Equatable {
    public var chart: String
    /// The least version; a `+N` at its end counts as a further number, as DaoCloud numbers its builds.
    public var version: String

    public init(chart: String, version: String) {
      self.chart = chart
      self.version = version
    }
  }

  /// A label that, once it is on the nodes, makes the issue harmless.
  public struct Label: Codable, Sendable, Equatable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Lower case words joined by hyphens; the operator names it to accept it.
  public var id: String
  /// The running versions that it is for; nil for all.
  public var from: VersionRange?
  /// The new versions that it is for; nil for all.
  public var to: VersionRange?
  public var severity: Severity
  /// What goes wrong, in one sentence.
  public var explanation: String
  public var check: Check
  /// The ways to deal with it, each in one line.
  public var ways: [String]
  /// What gantry does to the nodes when the operator names the issue among the remedies; nil where there is nothing.
  public var remedy: Label?

  public init(
    id: String, from: VersionRange? = nil, to: VersionRange? = nil, severity: Severity, explanation: String,
    check: Check, ways: [String], remedy: Label? = nil
  ) {
    self.id = id
    self.from = from
    self.to = to
    self.severity = severity
    self.explanation = explanation
    self.check = check
    self.ways = ways
    self.remedy = remedy
  }

  /// Whether it is meant for this step between versions; a version that is not known is in every range.
  public func applies(from running: ChartVersion?, to new: ChartVersion) -> Bool {
    let fromFits = from.map { range in running.map { range.contains($0) } ?? true } ?? true
    return fromFits && (to?.contains(new) ?? true)
  }
}
