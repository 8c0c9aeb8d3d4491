import Foundation
import Images
import Testing

@testable import Fleet

/// What is read from a node's answer to the probe: from real nodes of every kind, and from nodes that lie.
@Suite struct ProbeReportTests {
  static func request() throws -> ProbeRequest {
    let wanted = ProbeRequest.Name(
      reference: try ImageReference(ProbeAnswers.name),
      manifest: try digest(ProbeAnswers.manifest), imageID: try digest(ProbeAnswers.imageID))
    return ProbeRequest(scope: .all, names: [wanted])
  }

  static func digest(_ hex: String) throws -> Digest { try #require(Digest(hex: hex)) }

  static func read(_ text: String, status: Int32 = 0, truncated: Bool = false) throws -> ProbeReport {
    let output = CommandOutput(status: status, standardOutput: Array(text.utf8), truncated: truncated)
    return try ProbeReport(output, request: try request())
  }

  struct Real: Sendable {
    let answer, version, target, root: String
    let store: ImageStore
    var pinned = false
  }

  static let real = [
    Real(
      answer: ProbeAnswers.containerd16, version: "1.6.20~ds1", target: ProbeAnswers.manifest,
      root: "/var/lib/containerd", store: .containerd),
    Real(
      answer: ProbeAnswers.containerd17, version: "1.7.24~ds1", target: ProbeAnswers.manifestByHand,
      root: "/var/lib/containerd", store: .containerd, pinned: true),
    Real(
      answer: ProbeAnswers.containerd21, version: "2.1.9+unknown", target: ProbeAnswers.manifest,
      root: "/var/lib/containerd", store: .containerd, pinned: true),
    Real(
      answer: ProbeAnswers.docker20, version: "20.10.24+dfsg1", target: ProbeAnswers.imageID,
      root: "/var/lib/docker", store: .dockerGraph),
    Real(
      answer: ProbeAnswers.docker28, version: "28.5.2+dfsg4", target: ProbeAnswers.imageID,
      root: "/var/lib/docker", store: .dockerGraph),
    Real(
      answer: ProbeAnswers.docker26InContainerd, version: "26.1.5+dfsg1", target: ProbeAnswers.manifest,
      root: "/var/lib/docker/containerd/daemon", store: .dockerContainerd),
    Real(
      answer: ProbeAnswers.docker28InContainerd, version: "28.5.2+dfsg4", target: ProbeAnswers.manifestByHand,
      root: "/var/lib/docker/containerd/daemon", store: .dockerContainerd),
  ]

  @Test(arguments: real) func realAnswers(_ node: Real) throws {
    let report = try Self.read(node.answer)
    #expect(report.runtime?.version == node.version)
    #expect(report.runtime?.store == node.store)
    #expect(report.runtime?.kind == (node.store == .containerd ? .containerd : .docker))
    #expect(report.facts.imageRoot == node.root)
    #expect(report.facts.arch == "amd64")
    #expect(report.facts.privilege == "root")
    #expect((report.facts.diskFreeBytes ?? 0) > 0)
    #expect((report.facts.inodesFree ?? 0) > 0)
    #expect(report.isWritable)
    // Whatever the store points the name at, it is the same image: a manifest that was made by hand is not stale.
    #expect(
      report.content.names == [
        ProbeAnswers.name: NodeImage(
          target: try Self.digest(node.target), imageID: try Self.digest(ProbeAnswers.imageID),
          complete: true, unpacked: true)
      ])
    #expect(report.pinned == (node.pinned ? [ProbeAnswers.name] : []))
    if node.store == .dockerGraph {
      #expect(report.content.layerChains.count == 6)
      #expect(report.content.imageIDs == [try Self.digest(ProbeAnswers.imageID)])
      #expect(report.content.blobs.isEmpty)
    } else {
      // Six layers and the configuration.
      #expect(report.content.blobs.count == 7)
      #expect(report.content.layerChains.isEmpty)
    }
  }

  @Test func anIncompleteImageIsNotTakenForAWholeOne() throws {
    let answer = ProbeAnswers.docker28InContainerd.replacing("57289b 1 1", with: "57289b 0 0")
    let image = try #require(try Self.read(answer).content.names[ProbeAnswers.name])
    #expect(!image.complete && !image.unpacked)
  }

  @Test func anotherImageUnderTheNameIsSeen() throws {
    let other = String(repeating: "7", count: 64)
    let answer = ProbeAnswers.containerd17.replacing(
      "57289b \(ProbeAnswers.imageID)", with: "57289b \(other)")
    #expect(try Self.read(answer).content.names[ProbeAnswers.name]?.imageID?.hex == other)
  }

  @Test func ofAnIndexTheManifestWithOurConfigurationCounts() throws {
    let other = String(repeating: "7", count: 64)
    let index = ProbeAnswers.manifestByHand
    let answer = ProbeAnswers.containerd17.replacing("config ", with: "config \(index) \(other)\nconfig ")
    #expect(
      try Self.read(answer).content.names[ProbeAnswers.name]?.imageID?.hex == ProbeAnswers.imageID)
  }

  @Test func halfAnAnswerIsNone() throws {
    let whole = ProbeAnswers.containerd21
    for count in [0, 1, 40, whole.utf8.count / 2, whole.utf8.count - 5, whole.utf8.count - 1] {
      let half = String(decoding: Array(whole.utf8.prefix(count)), as: UTF8.self)
      let failure = #expect(throws: Failure.self) { try Self.read(half) }
      #expect(failure?.code == .badAnswer)
    }
    for text in ["os Legend\nfriend\n", "end", "end\nmore\n", "end\r\n", "\n\n"] {
      #expect(throws: Failure.self, "\(text.debugDescription)") { try Self.read(text) }
    }
    #expect(throws: Failure.self) { try Self.read(whole, status: 1) }
    #expect(throws: Failure.self) { try Self.read(whole, truncated: true) }
  }

  /// Lines that do not fit are left out; the rest counts.
  @Test(arguments: [
    "", " ", "garbage", "image", "image x", "image \(ProbeAnswers.name) nothex 1 1",
    "image other.example/x:1 \(ProbeAnswers.manifest) 1 1", "blob", "blob ../../etc/passwd", "blob 12",
    "blob \(String(repeating: "G", count: 64))", "other a b c", "layers x y",
    "other \(ProbeAnswers.manifest) \(ProbeAnswers.imageID) -1",
    "other \(ProbeAnswers.manifest) \(ProbeAnswers.imageID) 99999999999999999999",
    "config \(ProbeAnswers.manifest)", "chosen docker", "chosen podman 4 /x podman",
    "chosen docker 28 /x zfs", "disk", "disk a b", "disk 1", "\u{0}\u{0}", "\u{fffd} \u{202e}",
    String(repeating: "x ", count: 50_000),
  ])
  func garbageIsLeftOut(line: String) throws {
    let plain = try Self.read(ProbeAnswers.containerd17)
    let report = try Self.read(ProbeAnswers.containerd17.replacing("end\n", with: "\(line)\nend\n"))
    #expect(report.content == plain.content)
    #expect(report.runtime == plain.runtime)
    #expect(report.facts.diskFreeBytes == (line.hasPrefix("disk a") ? nil : plain.facts.diskFreeBytes))
  }

  /// Numbers that a document cannot hold, or that mean nothing.
  @Test(arguments: ["nan", "inf", "-inf", "1e300", "-5", "0x1p2000", "", "now"])
  func clocksThatLieAreNoClocks(time: String) throws {
    let report = try Self.read("time \(time)\ndisk -1 -2\ninodes -3\nend\n")
    #expect(report.facts.clockOffsetSeconds == nil)
    #expect(report.facts.diskFreeBytes == nil && report.facts.diskTotalBytes == nil)
    #expect(report.facts.inodesFree == nil)
    #expect(throws: Never.self) { try JSONEncoder().encode(report.facts) }
  }

  @Test func wholeSecondsOfBusyboxAreAClock() throws {
    let now = Int(Date().timeIntervalSince1970)
    let offset = try #require(try Self.read("time \(now).%N\nend\n").facts.clockOffsetSeconds)
    #expect(abs(offset) < 30)
  }

  @Test func controlCharactersDoNotGetThrough() throws {
    let escape = "\u{1b}[31m"
    let report = try Self.read(
      """
      user \(escape)root\u{7}
      os De\u{202e}bian\r
      kernel \(String(repeating: "k", count: 10_000))
      runtime containerd\(escape) 1\(escape) /run/\(escape) up
      runtime docker\(escape) - /run/\(escape) down
      chosen containerd 1.7\(escape) /run/c\(escape) containerd
      why \(escape)
      root /var\(escape)
      end

      """)
    let facts = report.facts
    let texts = [
      facts.user, facts.os, facts.kernel, facts.version, facts.socket, facts.runtimeReason, facts.imageRoot,
    ]
    for text in texts.map({ $0 ?? "" }) + (facts.runtimes ?? []) + report.down {
      #expect(!text.isEmpty)
      #expect(text.count <= 340)
      let scalars = text.unicodeScalars
      #expect(!scalars.contains { $0.value < 32 || $0.value == 0x202e }, "\(text.debugDescription)")
    }
    #expect(facts.runtimes?.count == 1 && report.down.count == 1)
  }

  @Test func aFloodOfRuntimesIsCut() throws {
    let flood = String(repeating: "runtime containerd 1 /run/c.sock up\n", count: 10_000)
    #expect(try Self.read(flood + "end\n").facts.runtimes?.count == 16)
  }
}
