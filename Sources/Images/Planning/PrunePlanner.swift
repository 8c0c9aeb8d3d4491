/// Which names of older versions may go from a node; pure.
public struct PrunePlanner: Sendable {
  /// A name on a node that belongs to one of the bundle's repositories.
  public struct Tagged: Sendable, Hashable {
    public let reference: ImageReference
    /// What it points to: names of one target are one image.
    public let target: Digest
    /// A container runs on it, or the kubelet must not collect it.
    public let isHeld: Bool

    public init(reference: ImageReference, target: Digest, isHeld: Bool) {
      self.reference = reference
      self.target = target
      self.isHeld = isHeld
    }
  }

  private let wanted: Set<ImageReference>
  private let newest: [String: VersionTag]
  private let keep: Int

  /// - Parameters:
  ///   - wanted: the bundle's names; none of them is ever removed.
  ///   - keep: how many versions of a repository stay, the bundle's own counted; at least 1.
  public init(wanted: [ImageReference], keep: Int) {
    self.wanted = Set(wanted)
    self.keep = max(1, keep)
    newest = Dictionary(
      wanted.compactMap { name in name.tag.flatMap(VersionTag.init).map { (name.name, $0) } },
      uniquingKeysWith: max)
  }

  /// The repositories that are looked at: those in which the bundle has a version.
  public var repositories: [String] { newest.keys.sorted() }

  /// The names to remove, sorted.
  ///
  /// Only versions older than the bundle's go; a tag that is no version, a newer one, and an image that is held under
  /// any name stay.
  public func removable(_ tagged: [Tagged]) -> [ImageReference] {
    let held = Set(tagged.filter { $0.isHeld || wanted.contains($0.reference) }.map(\.target))
    var older: [String: [(version: VersionTag, name: Tagged)]] = [:]
    for name in tagged where name.reference.digest == nil {
      guard let newest = newest[name.reference.name],
        let version = name.reference.tag.flatMap(VersionTag.init),
        version < newest
      else { continue }
      older[name.reference.name, default: []].append((version, name))
    }
    var result: [ImageReference] = []
    for names in older.values {
      let kept = Set(Set(names.map(\.version)).sorted(by: >).prefix(keep - 1))
      result += names.filter { !kept.contains($0.version) && !held.contains($0.name.target) }.map(
        \.name.reference)
    }
    return result.sorted()
  }
}
