import Foundation
import Images

/// One bundle, read and checked on this machine: what is pushed, under which names, and the chart as it will be.
public struct SyncBundle: Sendable {
  /// One name of one image.
  struct Item: Sendable {
    let image: ArchivedImage
    let source: ImageReference
    let target: ImageReference
  }

  /// As the operator named it.
  public let path: String
  let archive: ImageArchive
  /// Empty where the file says that images are skipped.
  let items: [Item]
  /// nil for an archive of images alone.
  let package: ChartPackage?
  let changes: [SyncResult.Change]
  let notes: [String]

  /// Names that are pushed.
  public var imageCount: Int { items.count }

  /// Throws `no-hints`, `bad-chart`, `name-collision` and `config-value`; nothing was asked of any server by then.
  init(_ archive: ImageArchive, rules: RelocationRules, skipImages: Bool) throws(RegistryError) {
    path = archive.path
    self.archive = archive
    var items: [Item] = []
    for image in archive.images {
      guard !image.references.isEmpty else {
        throw RegistryError(
          .badChart, "\(MessageText.shown(archive.path)): image \(image.imageID.short) has no name")
      }
      for source in image.references {
        items.append(Item(image: image, source: source, target: try rules.relocated(source).reference))
      }
    }
    try Self.refuseCollisions(items)
    var seen: Set<ImageReference> = []
    self.items = skipImages ? [] : items.filter { seen.insert($0.target).inserted }
    guard let files = archive.chart else {
      package = nil
      changes = []
      notes = []
      return
    }
    let chart = try ChartFolder(files)
    guard !archive.hints.isEmpty || archive.images.isEmpty else {
      throw RegistryError(
        .noHints,
        "\(MessageText.shown(archive.path)) has no hints.yaml: nobody says where its chart names its images",
        hint: "make the bundle again with charts-syncer; `gantry load` needs no hints")
    }
    let relocation = try ChartRelocation(
      chart, hints: archive.hints, rules: rules, known: archive.images.flatMap(\.references))
    package = try ChartPackage(relocation.chart)
    changes = relocation.changes
    notes = relocation.notes
  }

  private static func refuseCollisions(_ items: [Item]) throws(RegistryError) {
    var owners: [ImageReference: Item] = [:]
    for item in items {
      guard let other = owners.updateValue(item, forKey: item.target),
        other.image.imageID != item.image.imageID
      else {
        continue
      }
      throw RegistryError(
        .nameCollision, "\(other.source) and \(item.source) would both become \(item.target)",
        hint: "leave out containerRepository, which keeps only the last part of a name")
    }
  }
}
