// What the fuzzers feed: every reader of something that a stranger may have written. Each takes bytes, and must return.
import Foundation

@testable import Containerd
@testable import Fleet
@testable import Images
@testable import Inventory
@testable import Playbooks
@testable import SSH

/// One reader under test.
struct Reader: Sendable {
  let name: String
  let read: @Sendable ([UInt8]) -> Void

  static let all: [Reader] = [
    Reader(name: "archive", read: archive), Reader(name: "manifest", read: manifest),
    Reader(name: "layout", read: layout), Reader(name: "reference", read: reference),
    Reader(name: "hints", read: { _ = try? HintsFile.parse($0) }),
    Reader(name: "inventory-yaml", read: inventory),
    Reader(name: "inventory-ini", read: iniInventory), Reader(name: "pattern", read: pattern),
    Reader(name: "known_hosts", read: knownHosts), Reader(name: "ssh_config", read: clientConfig),
    Reader(name: "private-key", read: { _ = PrivateKeyFile(content: $0) }),
    Reader(name: "answers", read: answers), Reader(name: "playbook", read: playbook),
    Reader(name: "containerd", read: containerd),
  ]

  // MARK: Images

  /// In memory, so that the disk does not set the pace.
  private static let file = "/dev/shm/gantry-fuzz-\(getpid())"

  private static func put(_ bytes: [UInt8], _ name: String) -> String {
    let path = file + name
    _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    return path
  }

  private static func open(_ bytes: [UInt8]) {
    var options = ImageArchive.Options()
    // Small bombs are bombs here too.
    options.limits.members = 2_000
    options.limits.inflatedBytes = 32 << 20
    options.limits.inflatedLayerBytes = 16 << 20
    guard let archive = try? ImageArchive.open(path: put(bytes, ".tar"), options: options) else { return }
    _ = try? archive.findings(deep: true)
    guard let target = try? LoadTarget(archive: archive, rules: .none) else { return }
    for store in ImageStore.allCases {
      guard let plan = try? target.plan(NodeContent(), in: store), let cursor = try? archive.makeCursor()
      else { continue }
      for batch in plan.batches {
        let stream = ArchiveStream(batch.archive, cursor: cursor)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while let count = try? buffer.withUnsafeMutableBytes({ try stream.read(into: $0) }), count > 0 {}
      }
    }
  }

  private static func archive(_ bytes: [UInt8]) { open(bytes) }

  /// The list of a docker-archive, beside one configuration and one layer.
  private static func manifest(_ bytes: [UInt8]) {
    var tar = Tar()
    tar.file("config.json", Array(#"{"rootfs":{"diff_ids":["sha256:\#(Tar.emptyDigest)"]}}"#.utf8))
    tar.file("layer.tar", [])
    tar.file("manifest.json", bytes)
    open(tar.finished)
  }

  /// The input is a layout's index; what follows a zero byte is a blob that it may name, under its true digest.
  private static func layout(_ bytes: [UInt8]) {
    var tar = Tar()
    tar.file("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    let parts = bytes.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false).map(Array.init)
    for part in parts.dropFirst() { tar.file("blobs/sha256/" + Digest(of: part).hex, part) }
    var index = parts.first ?? []
    // A digest cannot be found by luck: `@1` stands for the first blob's, and so on.
    for (number, part) in parts.dropFirst().enumerated() {
      index = Array(
        String(decoding: index, as: UTF8.self).replacing("@\(number + 1)", with: "\(Digest(of: part))").utf8)
    }
    tar.file("index.json", index)
    open(tar.finished)
  }

  private static func reference(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let name = try? ImageReference(text) {
      // What was read is written so that it is read as the same.
      guard let again = try? ImageReference(name.description), again == name else { fatalError("\(name)") }
      _ = name.familiar
    }
    _ = try? Platform(text)
    _ = try? Digest(text)
    _ = try? RetagRules(registry: text)
    _ = try? RetagRules(registry: nil, rules: [text])
  }

  // MARK: Inventory

  private static func look(_ inventory: Inventory) {
    for host in inventory.hosts { _ = try? host.connectionSettings() }
    _ = try? inventory.select("all:!n1")
  }

  private static func inventory(_ bytes: [UInt8]) {
    if let read = try? Inventory.load(paths: [put(bytes, ".yaml")]) { look(read) }
  }

  private static func iniInventory(_ bytes: [UInt8]) {
    if let read = try? Inventory.load(paths: [put(bytes, ".ini")]) { look(read) }
  }

  private static let fleet = try? Inventory.load(paths: [
    put(Array("n1\nn2\n[a]\nn[3:9]\n[b]\nn1\nx\n".utf8), ".fleet")
  ])

  private static func pattern(_ bytes: [UInt8]) {
    _ = try? fleet?.select(String(decoding: bytes, as: UTF8.self))
  }

  // MARK: SSH

  private static func knownHosts(_ bytes: [UInt8]) {
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      _ = KnownHostsLine(line, location: "fuzz")?.matches("node1.example.com")
    }
  }

  /// Without the commands of `Match exec`: what is fuzzed must start nothing.
  private static func clientConfig(_ bytes: [UInt8]) {
    let surroundings = ConfigSurroundings(
      home: "/nonexistent", user: "u", uid: getuid(), machine: "m.example.com", environment: ["A": "b"],
      systemFile: "/nonexistent/ssh_config")
    let path = put(bytes, ".config")
    for host in ["node1.example.com", "10.0.0.1"] {
      var evaluator = ConfigEvaluator(
        host: host, surroundings: surroundings, files: ConfigFiles(uid: getuid()),
        runCommand: { .ended(success: $0.utf8.count % 2 == 0) })
      let place = ConfigEvaluator.Place(
        origin: .file(path, line: 0), isUser: true, isStrict: false, isOption: false)
      guard (try? evaluator.read(path, place)) != nil else { continue }
      _ = try? SettingsReader(evaluator, hostName: Setting(host, .standard)).settings()
    }
  }

  // MARK: Playbooks

  private static func playbook(_ bytes: [UInt8]) {
    let source = PlaybookSource(path: "fuzz.yaml", text: String(decoding: bytes, as: UTF8.self))
    _ = try? source.lint()
  }

  // MARK: What nodes answer

  private static func answers(_ bytes: [UInt8]) {
    let output = CommandOutput(status: 0, standardOutput: bytes, standardError: Array(bytes.prefix(400)))
    let request = ProbeRequest(scope: .all)
    if let report = try? ProbeReport(output, request: request) {
      _ = report.runtimeFailure(asked: nil)
      _ = try? report.hasRoom()
      _ = report.lock.holder
    }
    _ = try? NodeLockScript.answer(output)
    var frame = CommandFrame(
      RemoteCommand(["true"], asRoot: true, changes: false), privilege: .sudo(password: nil), nonce: "n",
      limit: 1000)
    for piece in stride(from: 0, to: bytes.count, by: 7) {
      bytes[piece..<min(bytes.count, piece + 7)].withUnsafeBytes { _ = frame.receive($0) }
    }
    let printable = PrintableText.lines(bytes) + PrintableText.line(frame.finish())
    // The promise that everything which is shown rests on.
    guard
      !printable.unicodeScalars.contains(where: {
        $0.value < 32 && $0 != "\n" && $0 != "\t" || $0.value == 127
      })
    else {
      fatalError("a control character passed")
    }
  }
}

extension Reader {
  /// What containerd says while two layers are written into it.
  fileprivate static func containerd(_ bytes: [UInt8]) {
    let layers = [70_000, 10].map { [UInt8](repeating: 7, count: $0) }
    let blobs = [
      Blob(digest: Digest(of: layers[0]), size: 70_000, offset: 0, compression: .none),
      Blob(digest: Digest(of: layers[1]), size: 10, offset: 70_000, compression: .none),
    ]
    guard
      let upload = try? ContentUpload(
        namespace: "k8s.io", lease: Lease(id: "gantry-fuzz", expiry: "2026-01-02T03:04:05Z"), blobs: blobs,
        cursor: Sevens())
    else { fatalError("an upload begins without an answer") }
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    for start in stride(from: 0, to: bytes.count, by: 100) {
      guard
        (try? bytes[start..<min(bytes.count, start + 100)].withUnsafeBytes({ try upload.receive($0) })) != nil
      else { return }
      while upload.hasOutput {
        let count = try? buffer.withUnsafeMutableBytes { try upload.read(into: $0) }
        guard let count, count > 0 else { fatalError("it had something to say") }
      }
    }
    if upload.isResting { try? upload.finish(isDone: true) }
  }

  private final class Sevens: ContentCursor {
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
      guard offset >= 0, offset + Int64(buffer.count) <= 70_010 else { fatalError("beyond the layers") }
      _ = buffer.initializeMemory(as: UInt8.self, repeating: 7)
      return buffer.count
    }
  }
}

/// The few lines of a tar writer (POSIX ustar).
private struct Tar {
  private var bytes: [UInt8] = []
  static let emptyDigest = Digest(of: []).hex

  mutating func file(_ name: String, _ content: [UInt8]) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    func octal(_ value: Int, _ width: Int) -> String {
      let digits = String(value, radix: 8)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(content.count, 11), at: 124)
    put("00000000000", at: 136)
    put("        ", at: 148)
    put("0", at: 156)
    put("ustar\u{0}00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
    bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}
