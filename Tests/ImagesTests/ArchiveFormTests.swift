import Testing

@testable import Images

@Suite struct ArchiveFormTests {
  static let compressions: [Compression] = [.none, .gzip, .zstd]

  /// What every form must give for the same two images.
  private func check(_ archive: ImageArchive, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let pair = ImageFixture.pair
    #expect(archive.images.map(\.imageID) == pair.map(\.imageID), sourceLocation: sourceLocation)
    #expect(
      archive.images.map { $0.references.map(\.description) } == pair.map(\.names),
      sourceLocation: sourceLocation)
    #expect(archive.blobs.count == 3, sourceLocation: sourceLocation)
    for (image, fixture) in zip(archive.images, pair) {
      #expect(
        image.layers.map(\.diffID) == fixture.layers.map { Digest(of: $0) }, sourceLocation: sourceLocation)
      #expect(image.config == fixture.config, sourceLocation: sourceLocation)
      #expect(image.platform == .usual, sourceLocation: sourceLocation)
      for layer in image.layers {
        let blob = try #require(archive.blobs[layer.digest], sourceLocation: sourceLocation)
        let bytes = try archive.makeCursor().bytes(at: blob.offset, count: Int(blob.size))
        #expect(Digest(of: bytes) == layer.digest, sourceLocation: sourceLocation)
        #expect(layer.compression == Compression(head: bytes), sourceLocation: sourceLocation)
      }
    }
    try archive.verify()
    try archive.verify(deep: true)
  }

  @Test(arguments: ArchiveForm.allCases, compressions)
  func bare(form: ArchiveForm, compression: Compression) throws {
    let folder = try TemporaryFolder()
    let archive = try open(compression.compress(form.archive(ImageFixture.pair)), in: folder)
    try check(archive)
    let isLayout = form == .ociLayout || form == .docker25
    #expect(archive.kind == (isLayout ? .ociLayout : .dockerArchive))
    #expect(archive.images.allSatisfy { $0.manifest.isOriginal == isLayout })
    #expect(archive.chart == nil)
    #expect(archive.source.isSequential == (compression != .none))
    #expect(folder.listing == ["archive.tar"])
  }

  @Test(arguments: ArchiveForm.allCases, compressions)
  func bundle(form: ArchiveForm, outer: Compression) throws {
    for inner in Self.compressions {
      let folder = try TemporaryFolder()
      let images = inner.compress(form.archive(ImageFixture.pair))
      let name = "images.tar" + (inner == .gzip ? ".gz" : inner == .zstd ? ".zst" : "")
      let archive = try open(outer.compress(BundleFixture.bundle(images: images, name: name)), in: folder)
      try check(archive)
      #expect(archive.kind == .bundle)
      #expect(archive.moduleName == "kpanda")
      #expect(archive.moduleVersion == "0.28.0")
      #expect(
        archive.hints == ["{{ .global.registry }}/{{ .image.repository }}:{{ .image.tag }}", "{{ .b }}"])
      #expect(try archive.chart?.read("values.yaml") == Array("a: 1\n".utf8))
      #expect(folder.listing == ["archive.tar"])
    }
  }

  @Test(arguments: compressions, compressions)
  func download(outer: Compression, inner: Compression) throws {
    for name in ["kpanda_0.28.0.bundle.tar", "dist/kpanda.bundle.tar", "kpanda.tar"] {
      let folder = try TemporaryFolder()
      let bundle = inner.compress(
        BundleFixture.bundle(images: ArchiveForm.chartsSyncer.archive(ImageFixture.pair)))
      let archive = try open(outer.compress(BundleFixture.download(bundle: bundle, name: name)), in: folder)
      try check(archive)
      #expect(archive.kind == .bundle)
      #expect(archive.moduleName == "kpanda")
    }
  }

  @Test(arguments: [Compression.none, .gzip])
  func unpackedBundle(compression: Compression) throws {
    let folder = try TemporaryFolder()
    let images = ArchiveForm.chartsSyncer.archive(ImageFixture.pair)
    _ = try folder.write(Array(BundleFixture.hints.utf8), as: "hints.yaml")
    for (path, text) in BundleFixture.chart {
      _ = try folder.write(Array(text.utf8), as: "original-chart/" + path)
    }
    _ = try folder.write(compression.compress(images), as: "images.tar")
    let before = folder.listing
    let archive = try ImageArchive.open(path: folder.path)
    try check(archive)
    #expect(archive.moduleVersion == "0.28.0")
    #expect(archive.chart?.files.map(\.path) == ["Chart.yaml", "values.yaml"])
    #expect(folder.listing == before)
  }

  @Test func unpackedLayout() throws {
    let folder = try TemporaryFolder()
    let image = ImageFixture.pair[0]
    for blob in image.blobs + [image.config, image.manifest] {
      _ = try folder.write(blob, as: "blobs/sha256/" + Digest(of: blob).hex)
    }
    _ = try folder.write(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), as: "oci-layout")
    let descriptor = ArchiveForm.ociLayout.descriptor(image, name: image.names[0])
    _ = try folder.write(Array(#"{"schemaVersion":2,"manifests":[\#(descriptor)]}"#.utf8), as: "index.json")
    let archive = try ImageArchive.open(path: folder.path)
    #expect(archive.images.map(\.imageID) == [image.imageID])
    try archive.verify(deep: true)
    let writer = OCILayoutWriter(archive: archive)
    let tar = try collect(
      writer.plan(archive.images.map { .init($0, names: $0.references) }), from: archive)
    #expect(try open(tar, in: TemporaryFolder()).images == archive.images)
  }

  @Test(arguments: compressions)
  func bundleWithoutImages(compression: Compression) throws {
    let folder = try TemporaryFolder()
    let bytes = compression.compress(BundleFixture.bundle(images: nil))
    #expect(failure { _ = try open(bytes, in: folder) }?.code == .noImages)
    var options = ImageArchive.Options()
    options.requireImages = false
    let archive = try open(bytes, in: folder, options: options)
    #expect(archive.images.isEmpty)
    #expect(archive.moduleName == "kpanda")
    #expect(archive.imagesForm == nil)
    #expect(failure { _ = try archive.chart?.read("none.yaml") }?.code == .fileNotFound)
    #expect(failure { _ = try archive.chart?.read("../hints.yaml") }?.code == .unsafePath)
  }

  /// What several images share may be in the archive more than once, as long as it is the same.
  @Test(arguments: compressions)
  func repeatedMembers(compression: Compression) throws {
    let image = ImageFixture.pair[0]
    let once = ArchiveForm.chartsSyncer.archive([image])
    var tar = TarBuilder()
    tar.file("sha256:" + image.imageID.hex, image.config)
    tar.raw(once)
    let archive = try open(compression.compress(tar.bytes), in: TemporaryFolder())
    #expect(archive.images.map(\.imageID) == [image.imageID])
  }

  /// Extended headers (POSIX pax) come between a member's place and its data.
  @Test(arguments: compressions)
  func extendedHeaders(compression: Compression) throws {
    let image = ImageFixture.pair[0]
    let long = String(repeating: "long/", count: 40) + "läyer.tar"
    func record(_ text: String) -> String {
      var length = text.utf8.count + 2
      while String(length).utf8.count + text.utf8.count + 2 != length { length += 1 }
      return "\(length) \(text)\n"
    }
    var tar = TarBuilder()
    let header = Array((record("path=\(long)") + record("mtime=1.5")).utf8)
    tar.entry("PaxHeader", type: "x", size: Int64(header.count))
    tar.raw(header + [UInt8](repeating: 0, count: 512 - header.count % 512))
    tar.file("short", image.layers[0])
    tar.file("b.tar", image.layers[1])
    tar.file("config.json", image.config)
    tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":["\#(long)","b.tar"]}]"#)
    let archive = try open(compression.compress(tar.finished), in: TemporaryFolder())
    #expect(archive.images.map(\.imageID) == [image.imageID])
    try archive.verify()
  }

  /// Compressed layers under names that do not tell their digests are read for them.
  @Test(arguments: compressions)
  func layersNamedByNothing(compression: Compression) throws {
    let image = ImageFixture.pair[0]
    var tar = TarBuilder()
    tar.file("a/layer.tar", image.blobs[0])
    tar.file("b/layer.tar", image.blobs[1])
    tar.file("config.json", image.config)
    tar.file(
      "manifest.json", #"[{"Config":"config.json","RepoTags":null,"Layers":["a/layer.tar","b/layer.tar"]}]"#)
    let archive = try open(compression.compress(tar.finished), in: TemporaryFolder())
    #expect(archive.images[0].layers.map(\.digest) == image.blobs.map { Digest(of: $0) })
    #expect(archive.images[0].references.isEmpty)
    try archive.verify(deep: true)
  }

  @Test func synthesisedManifestIsAlwaysTheSame() throws {
    let archive = try open(ArchiveForm.chartsSyncer.archive(ImageFixture.pair), in: TemporaryFolder())
    let manifest = archive.images[0].manifest
    let image = ImageFixture.pair[0]
    let layers = image.blobs.map {
      #"{"digest":"\#(Digest(of: $0))","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":\#($0.count)}"#
    }
    let config =
      #"{"digest":"\#(image.imageID)","mediaType":"application/vnd.oci.image.config.v1+json","size":\#(image.config.count)}"#
    let expected =
      #"{"config":\#(config),"layers":[\#(layers.joined(separator: ","))],"#
      + #""mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}"#
    #expect(String(decoding: manifest.bytes, as: UTF8.self) == expected)
    #expect(manifest.digest == Digest(of: Array(expected.utf8)))
  }
}
