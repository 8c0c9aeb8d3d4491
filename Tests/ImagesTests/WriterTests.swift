import Testing

@testable import Images

@Suite struct WriterTests {
  /// The members of a tar, by name.
  static func members(_ tar: [UInt8]) throws -> [String: ArchiveMember] {
    let folder = try TemporaryFolder()
    let file = try FileSource(path: folder.write(tar))
    let scanned = try ArchiveScanner(limits: .init()).scan(file, offset: 0, size: file.size, what: "tar")
    #expect(scanned.isWhole)
    return scanned.members
  }

  @Test(arguments: ArchiveForm.allCases, [Compression.none, .gzip, .zstd])
  func roundTrip(form: ArchiveForm, compression: Compression) throws {
    let archive = try open(compression.compress(form.archive(ImageFixture.pair)), in: TemporaryFolder())
    for store in ImageStore.allCases {
      for chunk in [1, 511, 1 << 16] where chunk > 1 || compression == .none {
        let names = try RetagRules(registry: "10.0.0.1/p").names(for: archive.images)
        let plan = try LoadPlanner(store: store, full: true).plan(
          archive, names: names, content: NodeContent())
        let batch = try #require(plan.batches.first)
        #expect(plan.batches.count == 1)
        let again = try open(collect(batch.archive, from: archive, chunk: chunk), in: TemporaryFolder())
        #expect(again.images.map(\.imageID) == archive.images.map(\.imageID))
        #expect(again.images.map(\.references) == archive.images.map { names[$0.imageID] })
        #expect(again.imagesForm == (store == .dockerGraph ? .dockerArchive : .ociLayout))
        if store != .dockerGraph {
          #expect(again.images.map(\.manifest.digest) == archive.images.map(\.manifest.digest))
        }
        try again.verify(deep: true)
      }
    }
  }

  @Test func partialLayoutHoldsExactlyWhatIsAskedFor() throws {
    let archive = try open(ArchiveForm.chartsSyncer.archive(ImageFixture.pair), in: TemporaryFolder())
    let image = archive.images[0]
    let writer = OCILayoutWriter(archive: archive)
    let item = OCILayoutWriter.Item(image, names: image.references)
    let wanted: Set<Digest> = [image.manifest.digest, image.layers[1].digest]
    let members = try Self.members(collect(writer.plan([item], blobs: wanted), from: archive))
    #expect(Set(members.keys) == Set(["oci-layout", "index.json"] + wanted.map { "blobs/sha256/" + $0.hex }))
    let nothing = try Self.members(collect(writer.plan([item], blobs: []), from: archive))
    #expect(Set(nothing.keys) == ["oci-layout", "index.json"])
    #expect(failure { _ = try writer.plan([item], blobs: [Digest(of: [1])]) }?.code == .missingLayer)
  }

  @Test func layoutNamesWhatContainerdReads() throws {
    let archive = try open(ArchiveForm.chartsSyncer.archive(ImageFixture.pair), in: TemporaryFolder())
    let image = archive.images[1]
    let writer = OCILayoutWriter(archive: archive)
    let bytes = try collect(writer.plan([.init(image, names: image.references)], blobs: []), from: archive)
    let member = try #require(try Self.members(bytes)["index.json"])
    let index = try OCIDocument.decode(
      OCIIndex.self, Array(bytes[Int(member.offset)..<Int(member.offset + member.size)]), what: "index")
    #expect(
      index.manifests.map(\.annotations) == [
        [
          "io.containerd.image.name": "release.example.io/kpanda/ui:v1",
          "org.opencontainers.image.ref.name": "v1",
        ], ["io.containerd.image.name": "docker.io/library/ui:2", "org.opencontainers.image.ref.name": "2"],
      ])
    #expect(index.manifests.allSatisfy { $0.digest == image.manifest.digest && $0.platform?.os == "linux" })
  }

  @Test func partialDockerArchive() throws {
    let archive = try open(ArchiveForm.chartsSyncer.archive(ImageFixture.pair), in: TemporaryFolder())
    let image = archive.images[1]
    let writer = DockerArchiveWriter(archive: archive)
    let item = DockerArchiveWriter.Item(image, names: image.references)
    let bytes = try collect(writer.plan([item], layers: [image.layers[1].digest]), from: archive)
    let members = try Self.members(bytes)
    #expect(
      Set(members.keys) == [
        "manifest.json", image.imageID.hex + ".json", image.layers[1].digest.hex + ".tar.gz",
      ])
    let member = try #require(members["manifest.json"])
    let list = try OCIDocument.decode(
      [DockerManifestEntry].self, Array(bytes[Int(member.offset)..<Int(member.offset + member.size)]),
      what: "list")
    #expect(list[0].repoTags == ["release.example.io/kpanda/ui:v1", "ui:2"])
    #expect(list[0].layers == image.layers.map { $0.digest.hex + ".tar.gz" })
    var options = ImageArchive.Options()
    options.allowMissingLayers = true
    let again = try open(bytes, in: TemporaryFolder(), options: options)
    #expect(again.images.map(\.imageID) == [image.imageID])
    #expect(again.images[0].layers.map(\.digest) == image.layers.map(\.digest))
    #expect(failure { _ = try open(bytes, in: TemporaryFolder()) }?.code == .missingLayer)
  }

  /// Past 8 GiB the size no longer fits into octal digits.
  @Test(arguments: [0, 1, (1 << 33) - 1, 1 << 33, 1 << 40] as [Int64])
  func headers(size: Int64) throws {
    let header = TarHeader.file("blobs/sha256/" + Digest(of: []).hex, size: size)
    #expect(header.count == 512)
    let reader = try TarReader(BytesInput(header), what: "header")
    let entry = try #require(try reader.next())
    #expect(entry.size == size)
    #expect(entry.offset == 512)
    #expect(entry.kind == .file)
    #expect(TarHeader.padding(size) == Int((512 - size % 512) % 512))
  }

  @Test func endsWhereTheFileWasCutWhileItWasRead() throws {
    let folder = try TemporaryFolder()
    let bytes = ArchiveForm.chartsSyncer.archive(ImageFixture.pair)
    let archive = try open(bytes, in: folder)
    let plan = try OCILayoutWriter(archive: archive).plan(
      archive.images.map { .init($0, names: $0.references) })
    _ = try folder.write(Array(bytes.prefix(1500)), as: "archive.tar.new")
    let file = try FileSource(path: folder.path + "/archive.tar.new")
    let stream = ArchiveStream(plan, cursor: file.makeCursor())
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let error = failure { _ = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) } }
    #expect(error?.code == .truncatedArchive)
  }
}

/// Bytes as an input.
final class BytesInput: BlockInput {
  private let bytes: UnsafeMutableRawBufferPointer
  private var done = false

  init(_ content: [UInt8]) {
    bytes = .allocate(byteCount: content.count, alignment: 1)
    bytes.copyBytes(from: content)
  }

  deinit { bytes.deallocate() }

  func nextBlock() -> UnsafeRawBufferPointer {
    defer { done = true }
    return done ? UnsafeRawBufferPointer(start: nil, count: 0) : UnsafeRawBufferPointer(bytes)
  }
}
