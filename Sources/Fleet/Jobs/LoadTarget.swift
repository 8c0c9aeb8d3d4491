import Images

/// An archive and the names that its images shall have on the nodes: what load, check and verify work towards.
public struct LoadTarget: Sendable {
  public let archive: ImageArchive
  let names: WantedNames
  /// Names of the archive that are not wanted, to be taken away where they are.
  let dropped: Set<ImageReference>

  /// Works out every name, so that a rule that cannot be followed is told before any node is touched.
  public init(archive: ImageArchive, rules: RetagRules) throws(ImageError) {
    self.archive = archive
    names = try rules.names(for: archive.images)
    let wanted = Set(names.byImage.values.joined())
    dropped = rules.dropOriginal ? Set(archive.images.flatMap(\.references)).subtracting(wanted) : []
  }

  /// Every name that some image shall have.
  var wantedNames: [ImageReference] { names.byImage.values.flatMap { $0 } }

  /// Adds what a plan needs to know to a probe.
  func ask(in request: inout ProbeRequest) {
    request.names = names(withImages: archive.images)
    var blobs: Set<Digest> = []
    var diffIDs: Set<Digest> = []
    for image in archive.images {
      blobs.insert(image.imageID)
      for layer in image.layers {
        blobs.insert(layer.digest)
        diffIDs.insert(layer.diffID)
      }
    }
    request.blobs = blobs.sorted()
    request.diffIDs = diffIDs.sorted()
  }

  /// Every spelling that a store may give a wanted name, and the names to take away.
  private func names(withImages images: [ArchivedImage]) -> [ProbeRequest.Name] {
    var seen: Set<ImageReference> = []
    var result: [ProbeRequest.Name] = []
    for image in images {
      for wanted in names[image.imageID] + image.references.filter(dropped.contains) {
        for store in ImageStore.allCases {
          for name in store.names(for: wanted) where seen.insert(name).inserted {
            result.append(
              ProbeRequest.Name(reference: name, manifest: image.manifest.digest, imageID: image.imageID))
          }
        }
      }
    }
    return result
  }

  /// What a node with `content` needs.
  func plan(_ content: NodeContent, in store: ImageStore, full: Bool = false) throws(Failure) -> LoadPlan {
    do {
      // A node that is lost in the middle has lost one import at most: a quarter of the whole, and never so little that
      // the daemon's own time for an import would show.
      let batchBytes = min(128 << 20, max(16 << 20, archive.totalBytes / 4))
      return try LoadPlanner(store: store, full: full)
        .plan(archive, names: names, content: content, batchBytes: batchBytes)
    } catch { throw Failure(error) }
  }

  /// The archive with everything of these images.
  func whole(_ images: [PlannedImage], in store: ImageStore) throws(Failure) -> ArchivePlan {
    do { return try LoadPlanner(store: store).whole(images, of: archive) } catch { throw Failure(error) }
  }

  /// The archive with these images but for their layers.
  func documents(_ images: [PlannedImage], in store: ImageStore) throws(Failure) -> ArchivePlan {
    do { return try LoadPlanner(store: store).documents(images, of: archive) } catch { throw Failure(error) }
  }

  /// A reader of the source for one node. One serves all of a node's imports, so that a compressed source is inflated
  /// once.
  func makeCursor() throws(Failure) -> any ContentCursor {
    do { return try archive.makeCursor() } catch { throw Failure(error) }
  }

  /// - Throws: `wrong-architecture` when an image cannot run on the node.
  func fits(_ facts: NodeFacts) throws(Failure) {
    guard let arch = facts.arch else { return }
    guard let other = archive.images.first(where: { $0.platform.architecture != arch }) else { return }
    throw Failure(
      .wrongArchitecture, "the node is \(arch), \(other.title) is for \(other.platform)",
      hint: "take the bundle for \(arch), or leave the node out with -l '!NODE'")
  }
}

extension Failure {
  /// An error of the bundle on this machine, as a node's failure.
  init(_ error: ImageError) { self.init(.corruptBundle, error.message, hint: error.hint) }

  /// An error of the bundle that comes while its bytes are on their way.
  init(sending error: ImageError) {
    self.init(.corruptBundle, "the bundle cannot be read any more: \(error.message)", hint: error.hint)
  }
}
