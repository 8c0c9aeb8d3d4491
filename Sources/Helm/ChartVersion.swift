import Documents

/// A version of a chart: SemVer 2.0.0, with or without a leading `v`, as Helm takes it.
///
/// Helm reads leniently (`v1.2` is 1.2.0), and so does this. Build metadata has no part in the order (SemVer 2.0.0,
/// section 10); ``isAtLeast(_:countingBuild:)`` counts it where somebody numbers builds with it.
public struct ChartVersion: Sendable, Hashable, CustomStringConvertible {
  public let major: Int
  public let minor: Int
  public let patch: Int
  /// The dot-separated identifiers after `-`.
  public let preRelease: [String]
  /// What follows `+`; empty for none.
  public let build: String
  /// As it was written.
  public let description: String

  /// - Throws: `bad-version`.
  public init(_ text: String) throws(HelmError) {
    guard let version = ChartVersion(lenient: text) else {
      throw HelmError(.badVersion, "\(text.quoted) is no version", hint: "write it as 0.21.0")
    }
    self = version
  }

  /// nil for what is no version.
  public init?(lenient text: String) {
    var rest = text[...]
    if rest.first == "v" || rest.first == "V" { rest.removeFirst() }
    let parts = rest.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first else { return nil }
    let build = parts.count == 2 ? String(parts[1]) : ""
    let halves = whole.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false).map { Self.number($0) }
    guard (1...3).contains(numbers.count), !numbers.contains(nil) else { return nil }
    let padded = numbers.compactMap { $0 } + [0, 0]
    let preRelease =
      halves.count == 2 ? halves[1].split(separator: ".", omittingEmptySubsequences: false) : []
    guard
      (preRelease + (parts.count == 2 ? build.split(separator: ".", omittingEmptySubsequences: false) : []))
        .allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isIdentifier) })
    else { return nil }
    major = padded[0]
    minor = padded[1]
    patch = padded[2]
    self.preRelease = preRelease.map(String.init)
    self.build = build
    description = text
  }

  public var isPreRelease: Bool { !preRelease.isEmpty }

  /// Equal in the order: build metadata and spelling do not count.
  public func isSame(as other: ChartVersion) -> Bool { !(self < other) && !(other < self) }

  /// - Parameter countingBuild: a number after `+` counts as a further part, so that 23.9.0 is older than 23.9.0+1.
  public func isAtLeast(_ other: ChartVersion, countingBuild: Bool = false) -> Bool {
    if other < self { return true }
    if self < other { return false }
    guard countingBuild else { return true }
    return Int(build) ?? 0 >= Int(other.build) ?? 0
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(text)
  }

  private static func isIdentifier(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

extension ChartVersion: Comparable {
  /// Precedence (SemVer 2.0.0, section 11).
  public static func < (left: ChartVersion, right: ChartVersion) -> Bool {
    let one = (left.major, left.minor, left.patch)
    let other = (right.major, right.minor, right.patch)
    if one != other { return one < other }
    if left.preRelease.isEmpty || right.preRelease.isEmpty {
      return !left.preRelease.isEmpty && right.preRelease.isEmpty
    }
    for (one, other) in zip(left.preRelease, right.preRelease) where one != other {
      switch (number(one[...]), number(other[...])) {
      case (let one?, let other?):
        if one != other { return one < other }
      case (.some, nil): return true
      case (nil, .some): return false
      case (nil, nil): return one.utf8.lexicographicallyPrecedes(other.utf8)
      }
    }
    return left.preRelease.count < right.preRelease.count
  }
}
