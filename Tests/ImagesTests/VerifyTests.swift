import Foundation
import Synchronization
import Testing

@testable import Images

@Suite struct VerifyTests {
  @Test(arguments: ArchiveForm.allCases, [Compression.none, .gzip, .zstd])
  func findsAFlippedByte(form: ArchiveForm, compression: Compression) throws {
    let folder = try TemporaryFolder()
    var bytes = form.archive(ImageFixture.pair)
    let blob = try #require(try open(bytes, in: folder).blobs.values.max { $0.offset < $1.offset })
    bytes[Int(blob.offset + blob.size / 2)] ^= 0x10
    let archive = try open(compression.compress(bytes), in: folder)
    let findings = try archive.findings()
    #expect(findings.map(\.expected) == [blob.digest])
    #expect(findings.allSatisfy { $0.actual != $0.expected && $0.subject == .blob })
    #expect(findings.first?.images == [ImageFixture.pair[1].names[0]])
    let error = failure { try archive.verify() }
    #expect(error?.code == .digestMismatch)
    #expect(
      error?.message.hasPrefix("release.example.io/kpanda/ui:v1: layer \(blob.digest) is in fact sha256:")
        == true)
    #expect(failure { try archive.verify(deep: true) }?.code == .digestMismatch)
  }

  /// The blob is what its digest says, but not what the configuration wants.
  @Test(arguments: [Compression.none, .gzip])
  func onlyDeepComparesDiffIDs(compression: Compression) throws {
    let image = ImageFixture(["a:1"], layers: [ImageFixture.layer("a")])
    let other = Compression.gzip.compress(ImageFixture.layer("b"))
    let path = Digest(of: other).hex + ".tar.gz"
    var tar = TarBuilder()
    tar.file("config.json", image.config)
    tar.file(path, other)
    tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":["\#(path)"]}]"#)
    let archive = try open(compression.compress(tar.finished), in: TemporaryFolder())
    try archive.verify()
    let findings = try archive.findings(deep: true)
    #expect(findings.map(\.subject) == [.diffID])
    #expect(findings.map(\.expected) == [Digest(of: image.layers[0])])
    #expect(findings.map(\.actual) == [Digest(of: ImageFixture.layer("b"))])
  }

  @Test func plainLayerMustBeItsDiffID() throws {
    let image = ImageFixture(["a:1"], layers: [ImageFixture.layer("a")])
    var tar = TarBuilder()
    tar.file("config.json", image.config)
    tar.file("layer.tar", ImageFixture.layer("b"))
    tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":["layer.tar"]}]"#)
    let archive = try open(tar.finished, in: TemporaryFolder())
    #expect(failure { try archive.verify() }?.code == .digestMismatch)
  }

  @Test func deepStopsAtABomb() throws {
    let bomb = Compression.gzip.compress([UInt8](repeating: 0, count: 8 << 20))
    var image = ImageFixture(["a:1"], layers: [ImageFixture.layer("a")])
    image.layers = [[UInt8](repeating: 0, count: 8 << 20)]
    var tar = TarBuilder()
    let path = Digest(of: bomb).hex + ".tar.gz"
    tar.file("config.json", image.config)
    tar.file(path, bomb)
    tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":["\#(path)"]}]"#)
    var options = ImageArchive.Options()
    options.limits.inflatedLayerBytes = 1 << 20
    let archive = try open(tar.finished, in: TemporaryFolder(), options: options)
    try archive.verify()
    #expect(failure { try archive.verify(deep: true) }?.code == .tooLarge)
  }

  @Test func tellsItsProgress() throws {
    let archive = try open(ArchiveForm.chartsSyncer.archive(ImageFixture.pair), in: TemporaryFolder())
    let seen = Mutex<[ArchiveProgress]>([])
    try archive.verify { progress in seen.withLock { $0.append(progress) } }
    let all = seen.withLock { $0 }
    let total = archive.blobs.values.reduce(0) { $0 + $1.size }
    #expect(all.last == ArchiveProgress(bytesDone: total, bytesTotal: total))
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.bytesDone <= $1.bytesDone })
  }

  @Test func stopsWhenCancelled() async throws {
    let bytes = ArchiveForm.chartsSyncer.archive(ImageFixture.pair)
    let archive = try open(bytes, in: TemporaryFolder())
    let codes = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      let opening = failure { _ = try open(Compression.gzip.compress(bytes), in: TemporaryFolder()) }
      return [failure { try archive.verify() }?.code, opening?.code]
    }
    #expect(await codes.value == [.cancelled, .cancelled])
  }

  @Test func tellsHowFarInflatingIs() throws {
    let bytes = Compression.gzip.compress(ArchiveForm.chartsSyncer.archive(ImageFixture.pair))
    let last = Mutex<ArchiveProgress?>(nil)
    var options = ImageArchive.Options()
    options.progress = { progress in last.withLock { $0 = progress } }
    _ = try open(bytes, in: TemporaryFolder(), options: options)
    let total = Int64(bytes.count)
    #expect(last.withLock { $0 } == ArchiveProgress(bytesDone: total, bytesTotal: total))
  }

  /// A large archive costs no memory: not to open, not to verify, not to send.
  @Test(arguments: [Compression.none, .gzip])
  func memoryStaysFlat(compression: Compression) throws {
    let folder = try TemporaryFolder()
    let size = 192 << 20
    let path = folder.path + "/archive.tar"
    var tar = TarBuilder()
    tar.entry("layer.tar", type: "0", size: Int64(size))
    _ = FileManager.default.createFile(atPath: path, contents: Data(tar.bytes))
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.truncate(atOffset: UInt64(512 + size))
    var hasher = StreamHasher()
    let block = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<(size >> 20) { block.withUnsafeBytes { hasher.update($0) } }
    let config = #"{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["\#(hasher.finish())"]}}"#
    var rest = TarBuilder()
    rest.file("config.json", config)
    rest.file("manifest.json", #"[{"Config":"config.json","RepoTags":["a:1"],"Layers":["layer.tar"]}]"#)
    try file.seekToEnd()
    try file.write(contentsOf: Data(rest.finished))
    try file.close()
    if compression == .gzip {
      let gzip = Process()
      gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
      gzip.arguments = ["-1", path]
      try gzip.run()
      gzip.waitUntilExit()
    }
    let before = try Self.peakMemory()
    let archive = try ImageArchive.open(path: compression == .gzip ? path + ".gz" : path)
    try archive.verify(deep: true)
    let plan = try OCILayoutWriter(archive: archive).plan(
      archive.images.map { .init($0, names: $0.references) })
    let stream = try ArchiveStream(plan, cursor: archive.makeCursor())
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while try buffer.withUnsafeMutableBytes({ try stream.read(into: $0) }) > 0 {}
    #expect(stream.position == plan.length)
    // Other tests run in this process meanwhile; the archive alone would be 192 MiB.
    #expect(try Self.peakMemory() - before < 128 << 20)
  }

  private static func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
  }
}
