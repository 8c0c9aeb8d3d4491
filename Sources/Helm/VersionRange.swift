import Documents

/// A range of versions: comparisons that all hold, `>=0.25.1 <0.29.0`.
///
/// Versions are compared by precedence alone: 0.29.0-rc1 is below 0.29.0.
public struct VersionRange: Sendable, Hashable, CustomStringConvertible {
  private enum Relation: String, CaseIterable {
    // The longer ones first, as they are looked for in this order.
    case atLeast = ">="
    case atMost = "<="
    case above = ">"
    case below = "<"
    case same = "="
  }

  private let bounds: [(Relation, ChartVersion)]
  /// As it was written.
  public let description: String

  /// - Throws: `bad-version-range`.
  public init(_ text: String) throws(HelmError) {
    var bounds: [(Relation, ChartVersion)] = []
    for word in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
      guard let relation = Relation.allCases.first(where: { word.hasPrefix($0.rawValue) }),
        let version = ChartVersion(lenient: String(word.dropFirst(relation.rawValue.count)))
      else { throw Self.refused(text) }
      bounds.append((relation, version))
    }
    guard !bounds.isEmpty else { throw Self.refused(text) }
    self.bounds = bounds
    description = text
  }

  public func contains(_ version: ChartVersion) -> Bool {
    bounds.allSatisfy { relation, bound in
      switch relation {
      case .atLeast: !(version < bound)
      case .atMost: !(bound < version)
      case .above: bound < version
      case .below: version < bound
      case .same: version.isSame(as: bound)
      }
    }
  }

  private static func refused(_ text: String) -> HelmError {
    HelmError(
      .badRange, "\(text.quoted) is no range of versions", hint: "write comparisons: >=0.25.1 <0.29.0")
  }

  public static func == (left: VersionRange, right: VersionRange) -> Bool {
    left.description == right.description
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension VersionRange: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
