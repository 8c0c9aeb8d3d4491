/// A tag that is a version, ordered as Semantic Versioning 2.0.0 orders them (section 11): `v0.9.0` before `v0.10.0`,
/// `v0.7.1-rc.0` before `v0.7.1`. A leading `v` and missing parts are allowed.
public struct VersionTag: Sendable, Hashable, Comparable {
  private let numbers: [Int]
  private let preRelease: [Substring]

  /// nil for a tag that is no version, such as `latest` or `7.0.5-alpine`, whose end names a variant.
  public init?(_ tag: String) {
    let text = tag.hasPrefix("v") ? tag.dropFirst() : tag[...]
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let fields = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let numbers = fields.compactMap { field in field.utf8.allSatisfy(Self.isDigit) ? Int(field) : nil }
    guard numbers.count == fields.count, (1...4).contains(numbers.count) else { return nil }
    let rest = parts.count == 2 ? parts[1].split(separator: ".", omittingEmptySubsequences: false) : []
    if let word = rest.first {
      let isPreRelease = ["rc", "alpha", "beta", "dev", "pre"].contains { word.hasPrefix($0) }
      guard isPreRelease || word.utf8.allSatisfy(Self.isDigit) else { return nil }
    }
    self.numbers = numbers + Array(repeating: 0, count: 4 - numbers.count)
    preRelease = rest
  }

  public static func < (left: VersionTag, right: VersionTag) -> Bool {
    if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
    if left.preRelease.isEmpty || right.preRelease.isEmpty {
      return !left.preRelease.isEmpty && right.preRelease.isEmpty
    }
    for (one, other) in zip(left.preRelease, right.preRelease) where one != other {
      switch (Int(one), Int(other)) {
      case (let one?, let other?): return one < other
      case (.some, nil): return true
      case (nil, .some): return false
      case (nil, nil): return one < other
      }
    }
    return left.preRelease.count < right.preRelease.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
