import Foundation
import Images

/// What a node answered to a ``ProbeRequest``.
public struct ProbeReport: Sendable {
  public private(set) var facts = NodeFacts()
  /// nil when no runtime answered.
  public private(set) var runtime: Runtime?
  public private(set) var content = NodeContent()
  /// Names that are pinned against the kubelet's image collection.
  public private(set) var pinned: Set<String> = []
  /// Names in the repositories that were asked about.
  public private(set) var tagged: [PrunePlanner.Tagged] = []
  /// The node's lock as it was when the node began to look.
  private(set) var lock = NodeLock.none
  /// The image folder can be written to.
  public private(set) var isWritable = true
  /// Runtimes that are installed but do not answer, as `name (socket)`.
  public private(set) var down: [String] = []

  /// - Throws: ``FailureCode/badAnswer`` when the answer is not whole.
  init(_ output: CommandOutput, request: ProbeRequest) throws(Failure) {
    // By bytes: for Swift "\r\n" is one character and no line break.
    let lines = output.standardOutput.split(separator: UInt8(ascii: "\n"))
    guard output.succeeded, !output.truncated, output.standardOutput.last == UInt8(ascii: "\n"),
      lines.last.map({ $0.elementsEqual("end".utf8) }) == true
    else {
      let said = PrintableText.line(output.standardError)
      throw Failure(
        .badAnswer,
        "the node's answer is not whole (exit \(output.status))" + (said.isEmpty ? "" : ": \(said)"),
        hint: "see the node's log with `gantry runs show`")
    }
    var reader = Reader(request: request)
    for line in lines { reader.take(String(decoding: line, as: UTF8.self)[...], into: &self) }
    reader.finish(&self)
  }

  /// The failure of a node on which nothing can be loaded, if it is one.
  func runtimeFailure(asked: Runtime.Kind?) -> Failure? {
    guard runtime == nil else { return nil }
    if facts.privilege == "none" || facts.privilege == "sudo-password" {
      return Failure(
        .sudoPasswordNeeded, "the user \(facts.user ?? "") is not root and sudo wants a password",
        hint: "set ansible_become and ansible_become_password, or allow NOPASSWD")
    }
    if let first = down.first {
      return Failure(
        .runtimeDown, "\(first) does not answer", hint: "start it on the node, then `gantry rerun`")
    }
    if let asked, let others = facts.runtimes, !others.isEmpty {
      return Failure(
        .noRuntime, "\(asked.rawValue) was asked for; the node has \(others.joined(separator: ", "))",
        hint: "leave out --runtime and gantry_runtime, or install \(asked.rawValue)")
    }
    return Failure(
      .noRuntime, "neither containerd nor Docker was found",
      hint: "install one, or take the node out of the inventory (-l '!NODE')")
  }

  /// Takes the answer line by line. What the node sends is not trusted: a line that does not fit is left out.
  private struct Reader {
    let request: ProbeRequest
    var images: [String: (target: Digest, complete: Bool, unpacked: Bool)] = [:]
    var configs: [Digest: [Digest]] = [:]
    var runtimes: [String] = []
    var tagged: [(reference: ImageReference, target: Digest, pinned: Bool)] = []
    var used: Set<Digest> = []

    mutating func take(_ line: Substring, into report: inout ProbeReport) {
      let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      guard let word = words.first else { return }
      let rest = PrintableText.line(String(line.dropFirst(word.count + 1)), limit: 200)
      let values = Array(words.dropFirst())
      switch word {
      case "lock" where values.count > 1:
        // As it is: it is only held against another answer, and made printable where it is told.
        report.lock = NodeLock(text: String(line.dropFirst(7)), isHeld: values[0] == "1")
      case "user": report.facts.user = rest
      case "privilege": report.facts.privilege = rest
      case "machine": report.facts.arch = Self.architectures[rest] ?? rest
      case "kernel": report.facts.kernel = rest
      case "os": report.facts.os = rest
      case "time":
        // busybox has no %N and leaves the letters; whole seconds then.
        let seconds = Double(rest) ?? Double(rest.prefix { $0 != "." })
        // Double reads "nan" and "inf" too, which no document can hold.
        if let seconds, (0..<1e12).contains(seconds) {
          report.facts.clockOffsetSeconds = ((seconds - Date().timeIntervalSince1970) * 10).rounded() / 10
        }
      case "runtime" where values.count == 4:
        // A node has a handful of them; one that lies does not get to fill the report.
        guard runtimes.count + report.down.count < 16 else { return }
        let shown = values.map { PrintableText.line($0, limit: 100) }
        if values[3] == "up" {
          runtimes.append("\(shown[0]) \(shown[1]) \(shown[2])")
        } else {
          report.down.append("\(shown[0]) (\(shown[2]))")
        }
      case "chosen" where values.count == 4: choose(values, &report)
      case "why": report.facts.runtimeReason = rest
      case "root": report.facts.imageRoot = rest
      case "disk" where values.count == 2:
        report.facts.diskTotalBytes = Self.count(values[0])
        report.facts.diskFreeBytes = Self.count(values[1])
      case "inodes": report.facts.inodesFree = Self.count(rest)
      case "writable": report.isWritable = rest == "1"
      case "pinned": report.pinned.insert(rest)
      default: takeImage(word, values, into: &report)
      }
    }

    private static func count(_ text: String) -> Int64? { Int64(text).flatMap { $0 < 0 ? nil : $0 } }

    private mutating func takeImage(_ word: String, _ values: [String], into report: inout ProbeReport) {
      let digests = values.compactMap { Digest(hex: $0) }
      switch word {
      case "image" where values.count == 4:
        if let target = Digest(hex: values[1]) {
          images[values[0]] = (target, values[2] == "1", values[3] == "1")
        }
      case "config" where digests.count == 2:
        configs[digests[0], default: []].append(digests[1])
      case "blob" where digests.count == 1:
        report.content.blobs.insert(digests[0])
      case "other" where values.count == 3:
        if digests.count == 2, let size = Self.count(values[2]) {
          // Of what kind it is, containerd tells from the content.
          report.content.blobsByDiffID[digests[1]] = NodeBlob(digest: digests[0], size: size, mediaType: nil)
        }
      case "tagged" where values.count == 3 && digests.count == 1:
        if let name = try? ImageReference(values[0]) { tagged.append((name, digests[0], values[2] == "1")) }
      case "used" where digests.count == 1:
        used.insert(digests[0])
      case "layers" where digests.count == values.count:
        report.content.layerChains.formUnion(ArchivedImage.chainIDs(digests))
      default:
        break
      }
    }

    private func choose(_ values: [String], _ report: inout ProbeReport) {
      guard let kind = Runtime.Kind(rawValue: values[0]), let store = ImageStore(rawValue: values[3]) else {
        return
      }
      report.runtime = Runtime(
        kind: kind, version: PrintableText.line(values[1], limit: 60), socket: values[2],
        namespace: request.namespace, store: store)
      report.facts.runtime = kind.rawValue
      report.facts.version = PrintableText.line(values[1], limit: 60)
      report.facts.socket = PrintableText.line(values[2])
      report.facts.imageStore = store.rawValue
    }

    func finish(_ report: inout ProbeReport) {
      if !runtimes.isEmpty { report.facts.runtimes = runtimes }
      report.tagged = tagged.map {
        PrunePlanner.Tagged(
          reference: $0.reference, target: $0.target, isHeld: $0.pinned || used.contains($0.target))
      }
      let wanted = Dictionary(request.names.map { ($0.reference.description, $0) }) { first, _ in first }
      for (name, image) in images {
        guard let expected = wanted[name] else { continue }
        // On a graph driver the target is the image ID; in a content store it is a manifest, ours or another's, or an
        // index with several, of which the one with our config counts.
        var imageID: Digest?
        if report.runtime?.store == .dockerGraph {
          imageID = image.target
        } else if image.target == expected.manifest {
          imageID = expected.imageID
        } else if let found = configs[image.target] {
          imageID = found.contains(expected.imageID) ? expected.imageID : found.first
        }
        report.content.names[name] = NodeImage(
          target: image.target, imageID: imageID, complete: image.complete, unpacked: image.unpacked)
        if report.runtime?.store == .dockerGraph { report.content.imageIDs.insert(image.target) }
      }
    }

    /// Names of `uname -m` and what image platforms call them (Go's GOARCH).
    static let architectures = [
      "x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i686": "386", "i386": "386",
      "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64", "loongarch64": "loong64",
    ]
  }
}
