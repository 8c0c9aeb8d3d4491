import Foundation
import Testing

@testable import Images

/// Archives whose tar is in order and whose content is not: bombs, absurd numbers, lies, names that are traps.
@Suite struct HostileContentTests {
  private func refusal(_ bytes: [UInt8], deep: Bool = false, limits: ArchiveLimits = .init()) throws
    -> ImageError?
  {
    let folder = try TemporaryFolder()
    var options = ImageArchive.Options()
    options.limits = limits
    let error = failure { try open(bytes, in: folder, options: options).verify(deep: deep) }
    #expect(folder.listing == ["archive.tar"])
    return error
  }

  /// Bytes of this process that are resident.
  private var resident: Int {
    let fields =
      (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
  }

  @Test func aMillionMembers() throws {
    // A header each, of one name: a tar of half a GiB, which is made as a stream of equal blocks.
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    tar.entry("x", type: "0")
    let block = Data(Array(repeating: tar.bytes, count: 2000).flatMap { $0 })
    let path = folder.path + "/archive.tar"
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let file = try #require(FileHandle(forWritingAtPath: path))
    for _ in 0..<500 { try file.write(contentsOf: block) }
    try file.close()
    let before = resident
    let start = ContinuousClock.now
    let error = failure { _ = try ImageArchive.open(path: path) }
    #expect(error?.code == .tooLarge || error?.code == .corruptBundle, "\(String(describing: error))")
    // A sanitizer makes it several times as long; lab/sanitize says so.
    let patience = ProcessInfo.processInfo.environment["LAB_PATIENCE"].flatMap(Int.init) ?? 1
    #expect(ContinuousClock.now - start < .seconds(60 * patience))
    #expect(resident - before < 300 << 20)
  }

  @Test(arguments: [Compression.none, .gzip, .zstd])
  func oneNameTwice(compression: Compression) throws {
    var pair = ArchiveForm.chartsSyncer.archive(ImageFixture.pair)
    var tar = TarBuilder()
    // The list of another image first; which one counts must not be a matter of luck.
    tar.file("manifest.json", #"[{"Config":"other.json","RepoTags":["evil/name:1"],"Layers":[]}]"#)
    tar.raw(pair)
    pair = tar.finished
    #expect(try refusal(compression.compress(pair))?.code == .corruptBundle)
  }

  @Test(arguments: [
    "a\nb", "a\rb", "a\tb", "a\u{7f}b", "\u{1b}[2J",
  ])
  func namesWithControlCharacters(name: String) throws {
    var tar = TarBuilder()
    tar.file(name, "x")
    tar.raw(ArchiveForm.chartsSyncer.archive(ImageFixture.pair))
    let error = try refusal(tar.bytes)
    #expect(error?.code == .unsafePath)
    #expect(error?.message.contains("\u{1b}") == false)
  }

  /// These are strange, and harmless: a member's name never reaches a shell or a disk.
  @Test(arguments: ["a'b", "a\"b", "$(touch x)", "`touch x`", "; touch x", "a b", "-rf", "ünï"])
  func namesThatAreMerelyStrange(name: String) throws {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    tar.file(name, "x")
    tar.raw(ArchiveForm.chartsSyncer.archive(ImageFixture.pair))
    let archive = try open(tar.bytes, in: folder)
    #expect(archive.images.count == 2)
    #expect(folder.listing == ["archive.tar"])
  }

  private func list(_ text: String) -> [UInt8] {
    var tar = TarBuilder()
    tar.file("manifest.json", text)
    return tar.finished
  }

  @Test(arguments: [
    // Nesting, open and closed, of lists and of objects.
    String(repeating: "[", count: 1_000_000),
    String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
    String(repeating: #"{"a":"#, count: 200_000) + "1" + String(repeating: "}", count: 200_000),
    #"[{"Config":"c","Layers":[],"x":"# + String(repeating: "[", count: 50_000)
      + String(repeating: "]", count: 50_000)
      + "}]",
    // Numbers that no machine has.
    #"[{"Config":"c","Layers":["# + String(repeating: "9", count: 100_000) + "]}]",
    #"[{"Config":1e999999999,"Layers":[]}]"#,
    #"[{"Config":"c","Layers":[],"n":-0.0e-999999}]"#,
    // Texts that are none.
    "[{\"Config\":\"\\ud800\",\"Layers\":[]}]", "[{\"Config\":\"c\\u0000\",\"Layers\":[]}]",
    "\u{feff}[]x",
    // Many keys, many elements.
    "[" + String(repeating: "{},", count: 300_000) + "{}]",
    "{" + String(repeating: #""k":1,"#, count: 300_000) + #""k":1}"#,
  ])
  func documentsThatAreBombs(text: String) throws {
    let start = ContinuousClock.now
    let before = resident
    let code = try refusal(list(text))?.code
    #expect(
      [.corruptBundle, .tooLarge, .unsafePath, .missingLayer].contains(code), "\(String(describing: code))")
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(resident - before < 500 << 20)
  }

  private func layout(_ index: String, blobs: [[UInt8]] = []) -> [UInt8] {
    var tar = TarBuilder()
    tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
    for blob in blobs { tar.file("blobs/sha256/" + Digest(of: blob).hex, blob) }
    tar.file("index.json", index)
    return tar.finished
  }

  @Test(arguments: [
    "-1", "-9223372036854775808", "9223372036854775807", "1e18", "1.5", "99999999999999999999", "null",
    "true", "\"1\"",
  ])
  func sizesInDescriptors(size: String) throws {
    let image = ImageFixture(["r.io/a:1"], layers: [ImageFixture.layer("x")])
    let blob = image.blobs[0]
    let manifest = Array(
      (#"{"schemaVersion":2,"config":{"mediaType":"\#(MediaType.ociConfig)","digest":"\#(image.imageID)","size":\#(size)},"#
        + #""layers":[{"mediaType":"\#(Compression.gzip.layerMediaType)","digest":"\#(Digest(of: blob))","size":\#(size)}]}"#)
        .utf8)
    let index =
      #"{"manifests":[{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest(of: manifest))","size":\#(size),"#
      + #""annotations":{"io.containerd.image.name":"r.io/a:1"}}]}"#
    let bytes = layout(index, blobs: [manifest, image.config, blob])
    let folder = try TemporaryFolder()
    // A size that lies may be overlooked, since the digest binds the content; never may it trap or lead astray.
    do {
      let archive = try open(bytes, in: folder)
      try archive.verify(deep: true)
      #expect(archive.blobs.values.allSatisfy { $0.size == Int64(blob.count) })
      #expect((0...(1 << 20)).contains(archive.totalBytes))
    } catch let error as ImageError {
      #expect(
        [.corruptBundle, .digestMismatch, .tooLarge, .truncatedArchive].contains(error.code), "\(error)")
    }
  }

  /// A layer under the digest of another, and one whose content is not what the configuration says.
  @Test func digestsThatLie() throws {
    let image = ImageFixture(["r.io/a:1"], layers: [ImageFixture.layer("x")])
    let blob = image.blobs[0]
    var other = blob
    other[other.count / 2] ^= 1
    let path = Digest(of: blob).hex + ".tar.gz"
    func archive(_ config: [UInt8], _ layer: [UInt8]) -> [UInt8] {
      var tar = TarBuilder()
      tar.file("config.json", config)
      tar.file(path, layer)
      tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["r.io/a:1"],"Layers":["\#(path)"]}]"#)
      return tar.finished
    }
    #expect(try refusal(archive(image.config, other), deep: true)?.code == .digestMismatch)
    var lying = image
    lying.layers = [ImageFixture.layer("y")]
    #expect(try refusal(archive(lying.config, blob), deep: true)?.code == .digestMismatch)
  }

  @Test(arguments: [Compression.gzip, .zstd])
  func aLayerThatIsABomb(compression: Compression) throws {
    // 64 MiB of zeros, a thousandth of it compressed; the limit stands for the real one of 256 GiB.
    let bomb = compression.compress([UInt8](repeating: 0, count: 64 << 20))
    #expect(bomb.count < 200_000)
    let path = Digest(of: bomb).hex + ".tar.gz"
    let config = Array(
      #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["\#(Digest(of: [1]))"]}}"#
        .utf8)
    var tar = TarBuilder()
    tar.file("config.json", config)
    tar.file(path, bomb)
    tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["r.io/a:1"],"Layers":["\#(path)"]}]"#)
    var limits = ArchiveLimits()
    limits.inflatedLayerBytes = 8 << 20
    let before = resident
    let error = try refusal(tar.finished, deep: true, limits: limits)
    #expect(error?.code == .tooLarge)
    // It is counted and hashed block by block, never held.
    #expect(resident - before < 48 << 20)
    // What is sent is the layer as it lies there; inflating it is the daemon's, within the room that was asked for.
    let folder = try TemporaryFolder()
    #expect(try open(tar.finished, in: folder).blobs.values.first?.size == Int64(bomb.count))
  }

  @Test(arguments: [Compression.gzip, .zstd])
  func anArchiveThatIsABomb(compression: Compression) throws {
    var tar = TarBuilder()
    tar.file("big", [UInt8](repeating: 0, count: 32 << 20))
    tar.raw(ArchiveForm.chartsSyncer.archive(ImageFixture.pair))
    var limits = ArchiveLimits()
    limits.inflatedBytes = 4 << 20
    #expect(try refusal(compression.compress(tar.bytes), limits: limits)?.code == .tooLarge)
  }

  @Test(arguments: [
    "", " ", "/", ":", "@", "a:", ":a", "a@", "a//b:1", "A/B:1", "a/b:1;id", "a/b:$(id)", "a/b:`id`",
    "a/b:1\n2",
    "a/b:\u{1b}[31m", "-rf", "--help", "../a:1", "a/../b:1", "a/b@sha256:0",
    "a/b@md5:d41d8cd98f00b204e9800998ecf8427e",
    "http://a/b:1", "a/b:" + String(repeating: "t", count: 129), String(repeating: "a/", count: 200) + "b:1",
    "a b:1",
    "a/b:1 a/c:1", "ä/b:1", "localhost:99999999/a:1", "[::1]:5000/a:1'",
  ])
  func referencesThatAreNone(reference: String) throws {
    let image = ImageFixture([reference], layers: [ImageFixture.layer("x")])
    let path = Digest(of: image.blobs[0]).hex + ".tar.gz"
    let name = String(decoding: try JSONEncoder().encode(reference), as: UTF8.self)
    var tar = TarBuilder()
    tar.file("config.json", image.config)
    tar.file(path, image.blobs[0])
    tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":[\#(name)],"Layers":["\#(path)"]}]"#)
    let error = try refusal(tar.finished)
    #expect(error?.code == .badReference, "\(String(describing: error))")
    #expect(error?.message.contains("\u{1b}") == false)
  }

  /// Attestations are passed over; layers that are elsewhere, and manifests of what is no image, are refused.
  @Test func attestationsAndForeignLayers() throws {
    let image = ImageFixture(["r.io/a:1"], layers: [ImageFixture.layer("x")])
    let note = Array(#"{"config":{"digest":"\#(Digest(of: [9]))","size":1},"layers":[]}"#.utf8)
    func entry(_ bytes: [UInt8], _ more: String) -> String {
      #"{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest(of: bytes))","size":\#(bytes.count),\#(more)}"#
    }
    let named = #""annotations":{"io.containerd.image.name":"r.io/a:1"}"#
    let attestation =
      #""platform":{"os":"unknown","architecture":"unknown"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"}"#
    let good = layout(
      #"{"manifests":[\#(entry(image.manifest, named)),\#(entry(note, attestation))]}"#,
      blobs: [image.manifest, image.config, image.blobs[0], note])
    let folder = try TemporaryFolder()
    #expect(try open(good, in: folder).images.map(\.imageID) == [image.imageID])

    let text = String(decoding: image.manifest, as: UTF8.self)
    let foreign = Array(
      text.replacing(
        Compression.gzip.layerMediaType, with: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
      ).utf8)
    let bad = layout(
      #"{"manifests":[\#(entry(foreign, named))]}"#, blobs: [foreign, image.config, image.blobs[0]])
    #expect(try refusal(bad)?.code == .unsupportedArchive)
  }
}
