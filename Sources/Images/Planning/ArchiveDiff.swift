/// What a new bundle brings to nodes that have loaded an old one.
public struct ArchiveDiff: Sendable {
  /// A name whose image is another one in the new bundle.
  public struct Change: Sendable, Equatable {
    /// The name.
    public let name: ImageReference
    /// The image ID in the old bundle.
    public let old: Digest
    /// The image ID in the new bundle.
    public let new: Digest
  }

  /// The names that only the new bundle has, sorted.
  public let added: [ImageReference]
  /// The names that only the old bundle has, sorted.
  public let removed: [ImageReference]
  /// The names that mean another image now, sorted.
  public let changed: [Change]
  /// The names that mean the same image, sorted.
  public let unchanged: [ImageReference]
  /// The plan for a containerd that has loaded exactly the old bundle.
  public let plan: LoadPlan

  /// Compares two opened archives.
  public init(old: ImageArchive, new: ImageArchive) throws(ImageError) {
    let before = Self.names(of: old)
    let after = Self.names(of: new)
    added = after.keys.filter { before[$0] == nil }.sorted()
    removed = before.keys.filter { after[$0] == nil }.sorted()
    let common = after.keys.filter { before[$0] != nil }.sorted()
    unchanged = common.filter { before[$0] == after[$0] }
    changed = common.compactMap { name in
      guard let old = before[name], let new = after[name], old != new else { return nil }
      return Change(name: name, old: old, new: new)
    }
    let wanted = WantedNames(
      byImage: Dictionary(
        new.images.map { ($0.imageID, $0.references) }, uniquingKeysWith: { first, _ in first }))
    plan = try LoadPlanner(store: .containerd).plan(new, names: wanted, content: NodeContent(of: old))
  }

  private static func names(of archive: ImageArchive) -> [ImageReference: Digest] {
    var names: [ImageReference: Digest] = [:]
    for image in archive.images {
      for name in image.references { names[name] = image.imageID }
    }
    return names
  }
}
