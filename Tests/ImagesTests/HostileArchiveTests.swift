import Testing

@testable import Images

/// Every bad archive is refused with its own code, at once, and leaves nothing behind.
@Suite struct HostileArchiveTests {
  private func refusal(_ bytes: [UInt8], options: ImageArchive.Options = .init()) throws -> ImageError? {
    let folder = try TemporaryFolder()
    let error = failure { _ = try open(bytes, in: folder, options: options) }
    #expect(folder.listing == ["archive.tar"])
    return error
  }

  private func archive(_ add: (inout TarBuilder) -> Void) -> [UInt8] {
    var tar = TarBuilder()
    add(&tar)
    tar.raw(ArchiveForm.chartsSyncer.archive(ImageFixture.pair))
    return tar.bytes
  }

  @Test(arguments: [Compression.none, .gzip, .zstd])
  func members(compression: Compression) throws {
    let cases: [(ImageError.Code, (inout TarBuilder) -> Void)] = [
      (.unsafePath, { $0.file("/etc/passwd", "x") }),
      (.unsafePath, { $0.file("a/../../b", "x") }),
      (.unsafePath, { $0.file("../x", "x") }),
      (.unsafePath, { $0.file("a\u{1b}b", "x") }),
      (.unsafePath, { $0.symlink("a/link", to: "../../b") }),
      (.unsafePath, { $0.symlink("a/link", to: "/etc/passwd") }),
      (.unsafePath, { $0.hardlink("a/link", to: "../b") }),
      (.unsupportedArchive, { $0.entry("dev", type: "3") }),
      (.unsupportedArchive, { $0.entry("dev", type: "4") }),
      (.unsupportedArchive, { $0.entry("pipe", type: "6") }),
      (.corruptBundle, { tar in tar.file("manifest.json", "[]") }),
    ]
    for (code, add) in cases {
      #expect(try refusal(compression.compress(archive(add)))?.code == code)
    }
  }

  @Test func membersOfTheChart() throws {
    var tar = TarBuilder()
    tar.file("hints.yaml", "")
    tar.symlink("original-chart/values.yaml", to: "../../../etc/passwd")
    #expect(try refusal(tar.finished)?.code == .unsafePath)
  }

  /// GNU tar's old sparse form: the header says more than what is stored.
  @Test func sparseFile() throws {
    var tar = TarBuilder()
    tar.entry("sparse", type: "S", size: 512)
    var header = Array(tar.bytes)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put("ustar  \u{0}", at: 257)
    put("00000000000", at: 386)
    put("00000001000", at: 398)
    put("00004000000", at: 483)
    put("        ", at: 148)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", at: 148)
    let bytes =
      header + [UInt8](repeating: 7, count: 512) + ArchiveForm.chartsSyncer.archive(ImageFixture.pair)
    #expect(try refusal(bytes)?.code == .unsupportedArchive)
  }

  @Test func absurdSizes() throws {
    var tar = TarBuilder()
    tar.entry("manifest.json", type: "0", size: 1 << 32)
    #expect(try refusal(tar.finished)?.code == .truncatedArchive)
    #expect(try refusal(Compression.gzip.compress(tar.finished))?.code == .truncatedArchive)
    var huge = TarBuilder()
    huge.entry("manifest.json", type: "0", size: 0)
    var bytes = huge.finished
    bytes.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0x7f] + [UInt8](repeating: 0xff, count: 7))
    bytes.replaceSubrange(148..<156, with: Array("        ".utf8))
    let sum = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
    bytes.replaceSubrange(
      148..<156, with: Array((String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ").utf8))
    #expect(try refusal(TarBuilder.one + bytes)?.code == .corruptBundle)
  }

  @Test func limits() throws {
    let bytes = ArchiveForm.chartsSyncer.archive(ImageFixture.pair)
    var options = ImageArchive.Options()
    options.limits.members = 3
    #expect(try refusal(bytes, options: options)?.code == .tooLarge)
    options = .init()
    options.limits.documentBytes = 20
    #expect(try refusal(bytes, options: options)?.code == .tooLarge)
    options = .init()
    options.limits.listBytes = 20
    #expect(try refusal(bytes, options: options)?.code == .tooLarge)
    options = .init()
    options.limits.images = 1
    #expect(try refusal(bytes, options: options)?.code == .tooLarge)
    options = .init()
    options.limits.layers = 1
    #expect(try refusal(bytes, options: options)?.code == .tooLarge)
    options = .init()
    options.limits.inflatedBytes = 1000
    #expect(try refusal(Compression.gzip.compress(bytes), options: options)?.code == .tooLarge)
  }

  @Test(arguments: [Compression.none, .gzip, .zstd])
  func nestedTooDeeply(compression: Compression) throws {
    var bytes = ArchiveForm.chartsSyncer.archive(ImageFixture.pair)
    for level in 0..<6 {
      var tar = TarBuilder()
      tar.file("level\(level).bundle.tar", bytes)
      bytes = tar.finished
    }
    #expect(try refusal(compression.compress(bytes))?.code == .tooLarge)
  }

  @Test(arguments: [Compression.none, .gzip, .zstd])
  func cutOffAnywhere(compression: Compression) throws {
    let whole = compression.compress(
      BundleFixture.download(
        bundle: BundleFixture.bundle(images: ArchiveForm.chartsSyncer.archive(ImageFixture.pair))))
    for length in stride(from: 600, to: whole.count - 2600, by: 517) {
      let error = try refusal(Array(whole.prefix(length)))
      #expect(error?.code == .truncatedArchive, "\(length) of \(whole.count): \(String(describing: error))")
    }
  }

  @Test func damagedHeader() throws {
    var bytes = archive { $0.file("a", "x") }
    bytes[1024 + 3] ^= 1
    #expect(try refusal(bytes)?.code == .corruptBundle)
  }

  @Test func noArchives() throws {
    for bytes in [[], Array("hello".utf8), [UInt8](repeating: 7, count: 5000)] {
      #expect(try refusal(bytes)?.code == .unsupportedArchive)
    }
    for compression in [Compression.gzip, .zstd] {
      #expect(
        try refusal(compression.compress(Array(repeating: 65, count: 3000)))?.code == .unsupportedArchive)
      var damaged = compression.compress(archive { _ in })
      for index in 200..<400 { damaged[index] = 0xff }
      // What inflates all the same has other digests then.
      #expect(throws: ImageError.self) { try open(damaged, in: TemporaryFolder()).verify() }
    }
    #expect(try refusal([UInt8](repeating: 0, count: 1024))?.code == .unsupportedArchive)
    var two = TarBuilder()
    two.file("a.bundle.tar", "")
    two.file("b.bundle.tar", "")
    #expect(try refusal(two.finished)?.code == .unsupportedArchive)
  }

  @Test func noFile() throws {
    #expect(failure { _ = try ImageArchive.open(path: "/nonexistent/x.tar") }?.code == .bundleNotFound)
    let folder = try TemporaryFolder()
    #expect(failure { _ = try ImageArchive.open(path: folder.path) }?.code == .unsupportedArchive)
    #expect(failure { _ = try ImageArchive.open(path: "/dev/null") }?.code == .unsupportedArchive)
  }

  @Test func emptyList() throws {
    var tar = TarBuilder()
    tar.file("manifest.json", "[]")
    #expect(try refusal(tar.finished)?.code == .noImages)
    var layout = TarBuilder()
    layout.file("oci-layout", "{}")
    layout.file("index.json", #"{"manifests":[]}"#)
    #expect(try refusal(layout.finished)?.code == .noImages)
  }

  @Test(arguments: [
    "{", "[]]", #"[{"Config":1}]"#, #"[{"Config":"x"}]"#, "null", #"[{"Config":"none","Layers":[]}]"#,
    "\u{0}", #"{"Config":"x","Layers":[]}"#, String(repeating: "[", count: 20_000),
  ])
  func lists(text: String) throws {
    var tar = TarBuilder()
    tar.file("manifest.json", text)
    #expect(try refusal(tar.finished)?.code == .corruptBundle)
  }

  /// A docker-archive of one image whose parts can be replaced.
  private func single(config: [UInt8]? = nil, layer: [UInt8]? = nil, list: String) -> [UInt8] {
    var tar = TarBuilder()
    if let config { tar.file("config.json", config) }
    if let layer { tar.file("layer/layer.tar", layer) }
    tar.file("manifest.json", list)
    return tar.finished
  }

  @Test func contradictions() throws {
    let image = ImageFixture(["a:1"], layers: [ImageFixture.layer("x")])
    let list = #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":["layer/layer.tar"]}]"#
    let missing = try refusal(single(config: image.config, list: list))
    #expect(missing?.code == .missingLayer)
    #expect(missing?.message == "docker.io/library/a:1: its layer layer/layer.tar is not in the archive")
    var options = ImageArchive.Options()
    options.allowMissingLayers = true
    let folder = try TemporaryFolder()
    #expect(try open(single(config: image.config, list: list), in: folder, options: options).blobs.isEmpty)

    let layer = image.layers[0]
    let none = #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":[]}]"#
    #expect(try refusal(single(config: image.config, layer: layer, list: none))?.code == .corruptBundle)
    let leaving = #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":["../layer.tar"]}]"#
    #expect(try refusal(single(config: image.config, layer: layer, list: leaving))?.code == .unsafePath)
    let hostile = #"[{"Config":"config.json","RepoTags":["a/b:1;$(touch x)"],"Layers":["layer/layer.tar"]}]"#
    #expect(try refusal(single(config: image.config, layer: layer, list: hostile))?.code == .badReference)
    #expect(try refusal(single(config: Array("{}".utf8), layer: layer, list: list))?.code == .corruptBundle)
    let md5 = Array(#"{"rootfs":{"diff_ids":["md5:00"]}}"#.utf8)
    #expect(try refusal(single(config: md5, layer: layer, list: list))?.code == .corruptBundle)
  }

  /// Whatever is wrong with an archive, it is told as an error: no trap, no hang, nothing on the disk.
  @Test(arguments: ArchiveForm.allCases)
  func anyDamageIsAnError(form: ArchiveForm) throws {
    let whole = BundleFixture.bundle(images: form.archive(ImageFixture.pair))
    let folder = try TemporaryFolder()
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for round in 0..<300 {
      var bytes = whole
      for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
      if round % 3 == 0 { bytes.removeLast(random(bytes.count)) }
      if round % 5 == 0 { bytes = Compression.zstd.compress(bytes) }
      do {
        try open(bytes, in: folder).verify(deep: true)
      } catch is ImageError {}
    }
    #expect(folder.listing == ["archive.tar"])
  }

  @Test func ringOfLinks() throws {
    let image = ImageFixture(["a:1"], layers: [ImageFixture.layer("x")])
    var tar = TarBuilder()
    tar.file("config.json", image.config)
    tar.symlink("a/layer.tar", to: "../b/layer.tar")
    tar.symlink("b/layer.tar", to: "../a/layer.tar")
    tar.file("manifest.json", #"[{"Config":"config.json","Layers":["a/layer.tar"]}]"#)
    #expect(try refusal(tar.finished)?.code == .corruptBundle)
  }

  @Test func configUnderAWrongDigest() throws {
    let image = ImageFixture(["a:1"], layers: [])
    let wrong = Digest(of: [1]).hex
    var tar = TarBuilder()
    tar.file("sha256:" + wrong, image.config)
    tar.file("manifest.json", #"[{"Config":"sha256:\#(wrong)","RepoTags":["a:1"],"Layers":[]}]"#)
    #expect(try refusal(tar.finished)?.code == .digestMismatch)
  }

  @Test func twoImagesOfOneName() throws {
    var pair = ImageFixture.pair
    pair[1].names = pair[0].names
    for form in ArchiveForm.allCases {
      let code = try refusal(form.archive(pair))?.code
      // In a layout, one name may stand for several platforms; here linux/amd64 would be there twice.
      #expect(code == .corruptBundle, "\(form)")
    }
  }

  @Test func layouts() throws {
    func layout(manifest: String, name: String = "r.io/a:1") -> [UInt8] {
      let bytes = Array(manifest.utf8)
      var tar = TarBuilder()
      tar.file("oci-layout", "{}")
      tar.file("blobs/sha256/" + Digest(of: bytes).hex, bytes)
      let config = Array(#"{"rootfs":{"diff_ids":["\#(Digest(of: [1]))"]}}"#.utf8)
      tar.file("blobs/sha256/" + Digest(of: config).hex, config)
      tar.file(
        "index.json",
        #"{"manifests":[{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest(of: bytes))","size":1,"#
          + #""annotations":{"io.containerd.image.name":"\#(name)"}}]}"#)
      return tar.finished
    }
    let config = Array(#"{"rootfs":{"diff_ids":["\#(Digest(of: [1]))"]}}"#.utf8)
    func manifest(_ layer: String, config type: String = MediaType.ociConfig) -> String {
      #"{"config":{"mediaType":"\#(type)","digest":"\#(Digest(of: config))","size":9},"layers":[\#(layer)]}"#
    }
    let layer = #""digest":"\#(Digest(of: [1]))","size":1"#
    let foreign = #"{"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",\#(layer)}"#
    #expect(try refusal(layout(manifest: manifest(foreign)))?.code == .unsupportedArchive)
    let elsewhere = #"{"mediaType":"application/vnd.oci.image.layer.v1.tar","urls":["http://x"],\#(layer)}"#
    #expect(try refusal(layout(manifest: manifest(elsewhere)))?.code == .unsupportedArchive)
    let plain = #"{"mediaType":"application/vnd.oci.image.layer.v1.tar",\#(layer)}"#
    #expect(try refusal(layout(manifest: manifest(plain)))?.code == .missingLayer)
    let chart = manifest(plain, config: "application/vnd.cncf.helm.config.v1+json")
    #expect(try refusal(layout(manifest: chart))?.code == .unsupportedArchive)
    #expect(try refusal(layout(manifest: manifest(plain), name: "a b"))?.code == .badReference)
    #expect(try refusal(layout(manifest: "{}"))?.code == .corruptBundle)
    #expect(
      try refusal(layout(manifest: #"{"config":{"digest":"sha512:00","size":1},"layers":[]}"#))?.code
        == .corruptBundle)
  }
}
