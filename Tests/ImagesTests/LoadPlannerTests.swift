import Testing

@testable import Images

@Suite struct LoadPlannerTests {
  /// Three images: two share their base, the third has the same layer above another base.
  static let fixtures = [
    ImageFixture(["r.io/a:1"], layers: [ImageFixture.layer("base"), ImageFixture.layer("a")]),
    ImageFixture(["r.io/b:1"], layers: [ImageFixture.layer("base"), ImageFixture.layer("b")]),
    ImageFixture(["r.io/c:1"], layers: [ImageFixture.layer("c"), ImageFixture.layer("a")]),
  ]

  private let archive: ImageArchive
  private let names: WantedNames

  init() throws {
    archive = try open(ArchiveForm.chartsSyncer.archive(Self.fixtures), in: TemporaryFolder())
    names = try RetagRules.none.names(for: archive.images)
  }

  private func plan(
    _ store: ImageStore, _ content: NodeContent, names: WantedNames? = nil, batchBytes: Int64 = 128 << 20,
    full: Bool = false
  ) throws -> LoadPlan {
    try LoadPlanner(store: store, full: full).plan(
      archive, names: names ?? self.names, content: content, batchBytes: batchBytes)
  }

  /// What a node of that kind says after it loaded some of the images.
  private func content(_ store: ImageStore, _ indexes: [Int] = [0, 1, 2]) -> NodeContent {
    var content = NodeContent()
    for image in indexes.map({ archive.images[$0] }) {
      let target = store == .dockerGraph ? image.imageID : image.manifest.digest
      for name in image.references {
        content.names[name.description] = NodeImage(target: target, imageID: image.imageID)
      }
      if store == .dockerGraph {
        content.imageIDs.insert(image.imageID)
        content.layerChains.formUnion(image.layers.map(\.chainID))
      } else {
        content.blobs.formUnion([image.imageID, image.manifest.digest] + image.layers.map(\.digest))
        for layer in image.layers {
          content.blobsByDiffID[layer.diffID] = NodeBlob(
            digest: layer.digest, size: layer.size, mediaType: layer.mediaType)
        }
      }
    }
    return content
  }

  private func layer(_ image: Int, _ index: Int) -> Digest { archive.images[image].layers[index].digest }

  @Test(arguments: ImageStore.allCases)
  func emptyNodeNeedsAll(store: ImageStore) throws {
    let plan = try plan(store, NodeContent())
    #expect(plan.images.map(\.status) == [.needsBlobs, .needsBlobs, .needsBlobs])
    #expect(plan.batches.count == 1)
    #expect(plan.batches[0].blobs == Set(archive.blobs.keys))
    #expect(plan.complete.isEmpty)
    #expect(plan.bytesTotal == archive.totalBytes)
    #expect(plan.bytesToSend == plan.batches[0].archive.length)
    #expect(plan.bytesToSend > plan.bytesTotal)
  }

  @Test(arguments: ImageStore.allCases)
  func sameImagesNeedNothing(store: ImageStore) throws {
    let plan = try plan(store, content(store))
    #expect(plan.images.allSatisfy { $0.status == .present && $0.namesToAdd.isEmpty && $0.missing.isEmpty })
    #expect(plan.batches.isEmpty)
    #expect(plan.bytesToSend == 0)
    #expect(plan.complete.count == 3)
  }

  @Test(arguments: ImageStore.allCases)
  func fullSendsAllTheSame(store: ImageStore) throws {
    let plan = try plan(store, content(store), full: true)
    #expect(plan.batches.count == 1)
    #expect(plan.batches[0].blobs == Set(archive.blobs.keys))
    #expect(plan.images.map(\.status) == [.present, .present, .present])
    #expect(plan.images.allSatisfy { $0.namesToAdd == $0.names })
  }

  @Test(arguments: ImageStore.allCases)
  func newNamesCostNothing(store: ImageStore) throws {
    let names = try RetagRules(registry: "10.0.0.1/p").names(for: archive.images)
    let plan = try plan(store, content(store), names: names)
    #expect(plan.images.map(\.status) == [.namesOnly, .namesOnly, .namesOnly])
    #expect(plan.images[0].namesToAdd.map(\.description) == ["10.0.0.1/p/a:1"])
    #expect(plan.batches.count == 1)
    #expect(plan.batches[0].blobs.isEmpty)
    #expect(plan.batches[0].archive.blobBytes == 0)
    let members = try WriterTests.members(collect(plan.batches[0].archive, from: archive))
    #expect(!members.keys.contains { $0.hasSuffix(layer(0, 0).hex) || $0.hasPrefix(layer(0, 0).hex) })
    if store != .dockerGraph {
      let manifests = archive.images.map { "blobs/sha256/" + $0.manifest.digest.hex }
      #expect(Set(members.keys) == Set(["oci-layout", "index.json"] + manifests))
    }
  }

  @Test(arguments: ImageStore.allCases)
  func staleNameIsMoved(store: ImageStore) throws {
    var content = content(store)
    let other = archive.images[1]
    let target = store == .dockerGraph ? other.imageID : other.manifest.digest
    content.names["r.io/a:1"] = NodeImage(target: target, imageID: other.imageID)
    let plan = try plan(store, content)
    #expect(plan.images.map(\.status) == [.namesOnly, .present, .present])
    #expect(plan.images[0].staleNames == [try ImageReference("r.io/a:1"): other.imageID])
    #expect(plan.images[0].namesToAdd.map(\.description) == ["r.io/a:1"])
    #expect(plan.batches.flatMap(\.blobs).isEmpty)
  }

  @Test(arguments: ImageStore.allCases)
  func newImageOnAKnownBase(store: ImageStore) throws {
    let plan = try plan(store, content(store, [0]))
    #expect(plan.images.map(\.status) == [.present, .needsBlobs, .needsBlobs])
    // In dockerd's graph, `a` above another base is another layer and must come again.
    let expected =
      store == .dockerGraph ? [layer(1, 1), layer(2, 0), layer(2, 1)] : [layer(1, 1), layer(2, 0)]
    #expect(plan.batches.count == 1)
    #expect(plan.batches[0].blobs == Set(expected))
    #expect(
      Set(plan.batches[0].images.map(\.image.imageID)) == Set(archive.images.dropFirst().map(\.imageID)))
  }

  @Test func onlyTheLowerEndOfADockerImageCanBeLeftOut() throws {
    var content = NodeContent()
    let image = archive.images[0]
    content.layerChains = [image.layers[1].chainID]
    #expect(try plan(.dockerGraph, content).images[0].missing == [image.imageID, layer(0, 0), layer(0, 1)])
    content.layerChains = [image.layers[0].chainID]
    #expect(try plan(.dockerGraph, content).images[0].missing == [image.imageID, layer(0, 1)])
    content.layerChains = [image.layers[0].chainID, image.layers[1].chainID]
    let plan = try plan(.dockerGraph, content)
    #expect(plan.images[0].missing == [image.imageID])
    #expect(plan.images[0].status == .needsBlobs)
  }

  @Test func dockerKnowsNoDigestNames() throws {
    let digest = archive.images[0].manifest.digest
    let names = try WantedNames(
      byImage: [
        archive.images[0].imageID: [ImageReference("r.io/a:1@\(digest)"), ImageReference("r.io/d@\(digest)")]
      ])
    #expect(
      try plan(.dockerGraph, NodeContent(), names: names).images[0].names.map(\.description) == ["r.io/a:1"])
    #expect(
      try plan(.containerd, NodeContent(), names: names).images[0].names.map(\.description)
        == ["r.io/a:1", "r.io/a@\(digest)", "r.io/d@\(digest)"])
  }

  @Test(
    arguments: [ImageStore.containerd, .dockerContainerd], [Compression.none.layerMediaType, nil, "x/y"])
  func layerUnderAnotherCompression(store: ImageStore, mediaType: String?) throws {
    let image = archive.images[0]
    let plain = Self.fixtures[0].layers[0]
    let there = NodeBlob(digest: image.layers[0].diffID, size: Int64(plain.count), mediaType: mediaType)
    let content = NodeContent(blobs: [there.digest], blobsByDiffID: [there.digest: there])
    let plan = try plan(store, content)
    let planned = plan.images[0]
    #expect(planned.missing == [image.imageID, image.layers[1].digest])
    #expect(planned.manifest.digest != image.manifest.digest)
    #expect(planned.target(in: store) == planned.manifest.digest)
    let manifest = try OCIDocument.decode(OCIManifest.self, planned.manifest.bytes, what: "manifest")
    #expect(manifest.config.digest == image.imageID)
    #expect(manifest.layers.map(\.digest) == [there.digest, image.layers[1].digest])
    #expect(manifest.layers.map(\.size) == [there.size, image.layers[1].size])
    let known = mediaType == Compression.none.layerMediaType
    #expect(manifest.layers[0].mediaType == (known ? mediaType : MediaType.dockerLayer))
    #expect(!plan.batches.flatMap(\.blobs).contains(image.layers[0].digest))
    let members = try WriterTests.members(collect(plan.batches[0].archive, from: archive))
    #expect(members["blobs/sha256/" + planned.manifest.digest.hex] != nil)
    #expect(members["blobs/sha256/" + there.digest.hex] == nil)

    // The next run sees its own work as done.
    var after = content
    after.names["r.io/a:1"] = NodeImage(target: planned.manifest.digest, imageID: nil)
    after.blobs.formUnion(planned.missing)
    #expect(try self.plan(store, after).images[0].status == .present)
  }

  @Test func digestInANameKeepsTheManifest() throws {
    let image = archive.images[0]
    let there = NodeBlob(digest: image.layers[0].diffID, size: 9, mediaType: nil)
    let content = NodeContent(blobs: [there.digest], blobsByDiffID: [there.digest: there])
    let names = try WantedNames(byImage: [image.imageID: [ImageReference("r.io/a@\(image.manifest.digest)")]])
    let planned = try plan(.containerd, content, names: names).images[0]
    #expect(planned.manifest == image.manifest)
    #expect(planned.missing == [image.imageID] + image.layers.map(\.digest))
  }

  @Test(arguments: [
    (complete: true, unpacked: true, status: PlannedImage.Status.present, blobs: 0),
    (complete: false, unpacked: true, status: .needsBlobs, blobs: 2),
    (complete: true, unpacked: false, status: .namesOnly, blobs: 0),
  ])
  func discardedLayers(row: (complete: Bool, unpacked: Bool, status: PlannedImage.Status, blobs: Int)) throws
  {
    let image = archive.images[0]
    let content = NodeContent(
      names: [
        "r.io/a:1": NodeImage(
          target: image.manifest.digest, imageID: image.imageID, complete: row.complete,
          unpacked: row.unpacked)
      ], blobs: [image.imageID, image.manifest.digest])
    let names = WantedNames(byImage: [image.imageID: image.references])
    let plan = try plan(.containerd, content, names: names)
    #expect(plan.images.map(\.status) == [row.status])
    #expect(plan.batches.count == (row.status == .present ? 0 : 1))
    #expect(plan.batches.flatMap(\.blobs).count == row.blobs)
  }

  @Test(arguments: ImageStore.allCases)
  func batchesBuildOnEachOther(store: ImageStore) throws {
    let plan = try plan(store, NodeContent(), batchBytes: 1)
    #expect(plan.batches.map { $0.images.map(\.image.imageID) } == archive.images.map { [$0.imageID] })
    let third: Set<Digest> = store == .dockerGraph ? [layer(2, 0), layer(2, 1)] : [layer(2, 0)]
    #expect(plan.batches.map(\.blobs) == [[layer(0, 0), layer(0, 1)], [layer(1, 1)], third])
    var options = ImageArchive.Options()
    options.allowMissingLayers = true
    for (batch, image) in zip(plan.batches, archive.images) {
      let again = try open(collect(batch.archive, from: archive), in: TemporaryFolder(), options: options)
      #expect(again.images.map(\.imageID) == [image.imageID])
      #expect(Set(again.blobs.keys) == batch.blobs)
    }
    let whole = try LoadPlanner(store: store).whole(plan.batches[2].images, of: archive)
    let again = try open(collect(whole, from: archive), in: TemporaryFolder())
    #expect(again.images.map(\.imageID) == [archive.images[2].imageID])
    #expect(again.images[0].references == archive.images[2].references)
  }

  @Test func namesComeFirst() throws {
    var content = content(.containerd, [2])
    content.names = ["r.io/old:1": content.names["r.io/c:1"]!]
    let plan = try plan(.containerd, content)
    #expect(plan.batches.map { $0.images.map(\.image.references[0].path) } == [["c"], ["a", "b"]])
    #expect(plan.batches[0].blobs.isEmpty)
    #expect(plan.batches[1].blobs == [layer(0, 0), layer(1, 1)])
  }

  @Test func onlyWantedImages() throws {
    let names = WantedNames(byImage: [archive.images[1].imageID: archive.images[1].references])
    let plan = try plan(.containerd, NodeContent(), names: names)
    #expect(plan.images.map(\.image.imageID) == [archive.images[1].imageID])
    #expect(plan.batches[0].blobs == [layer(1, 0), layer(1, 1)])
    #expect(plan.bytesTotal < archive.totalBytes)
  }

  @Test func layerThatNobodyHas() throws {
    var options = ImageArchive.Options()
    options.allowMissingLayers = true
    let base = ArchiveForm.chartsSyncer.archive([Self.fixtures[0]])
    let partial = try open(base, in: TemporaryFolder())
    let bytes = try collect(
      DockerArchiveWriter(archive: partial).plan(
        partial.images.map { .init($0, names: $0.references) }, layers: []),
      from: partial)
    let archive = try open(bytes, in: TemporaryFolder(), options: options)
    let names = try RetagRules.none.names(for: archive.images)
    let error = failure {
      _ = try LoadPlanner(store: .containerd).plan(archive, names: names, content: NodeContent())
    }
    #expect(error?.code == .missingLayer)
  }

  /// However it is compressed, an archive is sent by reading it forward only.
  @Test(arguments: ImageStore.allCases)
  func readsForward(store: ImageStore) throws {
    for batch in try plan(store, NodeContent(), batchBytes: 1).batches {
      let offsets = batch.archive.segments.compactMap { segment -> Int64? in
        if case .blob(let blob) = segment { blob.offset } else { nil }
      }
      #expect(offsets == offsets.sorted())
    }
  }
}

@Suite struct ArchiveDiffTests {
  @Test func tellsWhatANewBundleBrings() throws {
    var new = LoadPlannerTests.fixtures
    new.removeLast()
    new[1].layers[1] = ImageFixture.layer("b2")
    new.append(ImageFixture(["r.io/d:1"], layers: new[0].layers + [ImageFixture.layer("d")]))
    let before = try open(ArchiveForm.chartsSyncer.archive(LoadPlannerTests.fixtures), in: TemporaryFolder())
    let after = try open(ArchiveForm.ociLayout.archive(new), in: TemporaryFolder())
    let diff = try ArchiveDiff(old: before, new: after)
    #expect(diff.added.map(\.familiar) == ["r.io/d:1"])
    #expect(diff.removed.map(\.familiar) == ["r.io/c:1"])
    #expect(diff.unchanged.map(\.familiar) == ["r.io/a:1"])
    #expect(
      diff.changed == [
        .init(
          name: try ImageReference("r.io/b:1"), old: before.images[1].imageID, new: after.images[1].imageID)
      ])
    #expect(diff.plan.images.map(\.status) == [.present, .needsBlobs, .needsBlobs])
    #expect(
      diff.plan.batches.flatMap(\.blobs).sorted()
        == [after.images[1].layers[1].digest, after.images[2].layers[2].digest].sorted())
  }
}
