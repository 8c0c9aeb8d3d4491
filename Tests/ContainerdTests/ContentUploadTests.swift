import Images
import Testing

@testable import Containerd
@testable import Images

/// Blobs on their way into containerd: what is said when, what waits, and what an answer changes.
@Suite struct ContentUploadTests {
  /// Bytes in memory, as a source.
  final class MemoryCursor: ContentCursor {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
      let part = bytes[Int(offset)...].prefix(buffer.count)
      buffer.copyBytes(from: part)
      return part.count
    }
  }

  /// An upload of blobs of these sizes, and who hears it.
  struct Scene {
    let upload: ContentUpload
    let blobs: [Blob]
    let bytes: [UInt8]
    var server = FakeContainerd()

    init(_ sizes: [Int]) throws {
      bytes = (0..<sizes.reduce(0, +)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
      var blobs: [Blob] = []
      var offset = 0
      for size in sizes {
        blobs.append(
          Blob(
            digest: Digest(of: Array(bytes[offset..<offset + size])), size: Int64(size),
            offset: Int64(offset),
            compression: .none))
        offset += size
      }
      self.blobs = blobs
      upload = try ContentUpload(
        namespace: "k8s.io", lease: Lease(id: "gantry-1", expiry: "2026-01-02T03:04:05Z"), blobs: blobs,
        cursor: MemoryCursor(bytes))
    }

    /// Lets the upload say all that it can say now.
    mutating func listen(_ size: Int = 40000) throws {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
      defer { buffer.deallocate() }
      while upload.hasOutput {
        let count = try upload.read(into: buffer)
        try #require(count > 0, "it had something to say")
        try server.take(buffer[..<count])
      }
    }

    mutating func say(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { try upload.receive($0) }
      try listen()
    }

    /// Answers the last call of a method.
    mutating func answer(_ method: String, _ messages: [[UInt8]] = [[]], status: Int = 0, _ text: String = "")
      throws
    {
      let call = try #require(server.calls(method).last)
      try say(try server.answer(call, messages, status: status, text))
    }

    /// Through the preparations, with much room.
    mutating func begin(statuses: [UInt8] = [], leases: [UInt8] = []) throws {
      try listen()
      try say(server.widen(0, by: 1 << 30))
      try answer("List", [leases])
      try answer("Create")
      try answer("ListStatuses", [statuses])
    }
  }

  /// The fields of a WriteContentRequest.
  struct Write: Equatable {
    var action: UInt64 = 0
    var reference = ""
    var total: UInt64 = 0
    var expected = ""
    var offset: UInt64 = 0
    var data: [UInt8] = []

    init(_ message: [UInt8]) throws {
      var reader = ProtobufReader(message[...])
      while let (field, value) = try reader.next() {
        switch (field, value) {
        case (1, .number(let number)): action = number
        case (2, .bytes(let bytes)): reference = String(decoding: bytes, as: UTF8.self)
        case (3, .number(let number)): total = number
        case (4, .bytes(let bytes)): expected = String(decoding: bytes, as: UTF8.self)
        case (5, .number(let number)): offset = number
        case (6, .bytes(let bytes)): data = Array(bytes)
        default: Issue.record("field \(field)")
        }
      }
    }
  }

  @Test func blobsTravelUnderALeaseAndOneAfterTheOther() throws {
    var scene = try Scene([9_000_000, 10, 0])
    try scene.listen()
    // Nothing is written before the lease is there.
    #expect(scene.server.calls.map(\.method) == [Lease.list, Lease.create, ContentCalls.statuses])
    for call in scene.server.calls {
      #expect(call.headers.first(name: "containerd-namespace") == "k8s.io")
      #expect(call.headers.first(name: "containerd-lease") == "gantry-1")
      #expect(call.hasEnded)
    }
    var lease = ProtobufReader(try #require(scene.server.calls("Create").first?.messages.first)[...])
    guard case .bytes(let id)? = try lease.next()?.value else { return #expect(Bool(false), "no id") }
    #expect(String(decoding: id, as: UTF8.self) == "gantry-1")

    try scene.say(scene.server.widen(0, by: 1 << 30))
    try scene.answer("List")
    try scene.answer("Create")
    #expect(scene.server.calls("Write").isEmpty)
    try scene.answer("ListStatuses")
    var first = try #require(scene.server.calls("Write").first)
    #expect(!first.hasEnded && first.body.count == 65535, "the stream's own window counts")
    try scene.say(scene.server.widen(first.stream, by: 1 << 30))
    first = try #require(scene.server.calls("Write").first)
    #expect(first.hasEnded)
    let writes = try first.messages.map(Write.init)
    #expect(writes.map(\.offset) == [0, 4 << 20, 8 << 20])
    #expect(writes.map(\.action) == [1, 1, 2], "the last one commits")
    #expect(writes.allSatisfy { $0.total == 9_000_000 && $0.expected == scene.blobs[0].digest.description })
    #expect(writes.flatMap(\.data) == Array(scene.bytes[..<9_000_000]))
    // While the first is committed, the others are on their way.
    let others = scene.server.calls("Write").dropFirst()
    #expect(others.count == 2 && others.allSatisfy(\.hasEnded))
    #expect(try others.map { try Write(#require($0.messages.first)).data.count } == [10, 0])

    #expect(scene.upload.written == 0 && scene.upload.awaitsCommits)
    for (index, call) in scene.server.calls("Write").enumerated() {
      try scene.say(scene.server.answer(call))
      #expect(scene.upload.written == index + 1)
    }
    #expect(scene.upload.isResting && !scene.upload.isOver && scene.upload.sent == 9_000_010)
    try scene.upload.finish(isDone: true)
    try scene.listen()
    try scene.answer("Delete")
    #expect(scene.upload.isOver && scene.upload.refusal == nil)
  }

  @Test func writtenCountsFromTheFirst() throws {
    var scene = try Scene([10, 20, 30])
    try scene.begin()
    let calls = scene.server.calls("Write")
    try scene.say(scene.server.answer(calls[1]))
    #expect(scene.upload.written == 0)
    try scene.say(scene.server.answer(calls[0]))
    #expect(scene.upload.written == 2)
  }

  @Test func aPartThatIsThereIsNotSentAgain() throws {
    var scene = try Scene([100, 200])
    var status = ProtobufWriter()
    status.string(3, ContentCalls.reference(scene.blobs[1].digest))
    status.number(4, 150)
    status.number(5, 200)
    var statuses = ProtobufWriter()
    statuses.bytes(1, status.bytes)
    try scene.begin(statuses: statuses.bytes)
    let write = try Write(#require(scene.server.calls("Write")[1].messages.first))
    #expect(write.offset == 150 && write.data == Array(scene.bytes[250..<300]) && write.action == 2)
    #expect(scene.upload.sent == 150 && scene.upload.progress == 300)
  }

  @Test func aBlobThatIsThereCountsAsWritten() throws {
    var scene = try Scene([100_000, 20])
    try scene.begin()
    let call = try #require(scene.server.calls("Write").first)
    #expect(!call.hasEnded)
    try scene.say(scene.server.answer(call, [], status: 6, "content exists"))
    #expect(scene.upload.written == 1 && scene.upload.refusal == nil)
    #expect(scene.server.calls("Write").last?.hasEnded == true, "the next one goes on")
  }

  @Test(arguments: ["no%20space left on device", "no space left on device"])
  func aRefusalEndsTheLeaseAndWhatWasBegun(_ text: String) throws {
    var scene = try Scene([100_000, 20])
    try scene.begin()
    try scene.answer("Write", [], status: 2, text)
    #expect(scene.server.calls("Abort").count == 1 && scene.server.calls("Delete").count == 1)
    #expect(!scene.upload.isOver)
    try scene.answer("Abort", [], status: 5, "not found")
    try scene.answer("Delete")
    #expect(scene.upload.isOver)
    #expect(scene.upload.refusal == GRPCStatus(code: 2, message: "no space left on device"))
    #expect(scene.server.calls("Write").count == 1, "nothing more is written")
  }

  @Test(arguments: [1, 4, 14]) func whatPassesLeavesWhatHasCome(_ code: Int) throws {
    var scene = try Scene([100_000])
    try scene.begin()
    try scene.answer("Write", [], status: code, "ref gantry-x locked: unavailable")
    #expect(scene.server.calls("Abort").isEmpty && scene.server.calls("Delete").isEmpty)
    #expect(scene.upload.isOver && scene.upload.refusal?.isPassing == true)
  }

  @Test func nothingIsAskedOfOneThatIsGoingAway() throws {
    var scene = try Scene([10])
    try scene.listen()
    try scene.answer("List")
    try scene.answer("Create")
    try scene.say(HTTP2Frame.frame(.goAway, [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]))
    #expect(throws: ContainerdError.self) { try scene.answer("ListStatuses") }
  }

  @Test func aBlobCannotBeTakenBeforeItIsSent() throws {
    var scene = try Scene([100_000])
    try scene.begin()
    try scene.answer("Write")
    #expect(scene.upload.refusal != nil && scene.upload.written == 0)
  }

  @Test func noLeaseNoBlobs() throws {
    var scene = try Scene([10])
    try scene.listen()
    try scene.answer("List")
    try scene.answer("Create", [], status: 12, "unknown service")
    try scene.answer("ListStatuses")
    #expect(scene.server.calls("Write").isEmpty && scene.upload.refusal?.code == 12)
  }

  @Test func leasesOfUploadsThatWereKilledEndToo() throws {
    var leases = ProtobufWriter()
    for name in [
      "gantry-old", "somebody-else", "gantry-" + String(repeating: "x", count: 80), "gantry-older",
    ] {
      var lease = ProtobufWriter()
      // Of a field that comes twice the last one counts.
      lease.string(1, "gantry-no")
      lease.string(1, name)
      leases.bytes(1, lease.bytes)
    }
    var scene = try Scene([10])
    try scene.begin(leases: leases.bytes)
    try scene.answer("Write")
    #expect(scene.server.calls("Delete").isEmpty, "what they keep may be part of what is wanted")
    try scene.upload.finish(isDone: true)
    try scene.listen()
    let deletes = scene.server.calls("Delete")
    let names = try deletes.map { call in
      String(decoding: try #require(call.messages.first).dropFirst(2), as: UTF8.self)
    }
    #expect(names == ["gantry-old", "gantry-older", "gantry-1"])
    for call in deletes { try scene.say(scene.server.answer(call, [], status: call.stream == 9 ? 5 : 0)) }
    #expect(scene.upload.isOver && scene.upload.refusal == nil)
  }

  @Test func finishingEarlyWritesNoMoreAndLeavesOldLeases() throws {
    var lease = ProtobufWriter()
    lease.string(1, "gantry-old")
    var leases = ProtobufWriter()
    leases.bytes(1, lease.bytes)
    var scene = try Scene([100_000, 20])
    try scene.begin(leases: leases.bytes)
    try scene.upload.finish(isDone: false)
    try scene.listen()
    try scene.answer("Delete")
    #expect(scene.upload.isOver && scene.server.calls("Write").count == 1 && scene.upload.refusal == nil)
  }

  @Test func windowsMayShrinkBelowZero() throws {
    var scene = try Scene([100_000])
    try scene.begin()
    // The stream has used 65535; with a first window of 1000 it owes 64535 (RFC 9113, section 6.9.2).
    try scene.say(HTTP2Frame.frame(.settings, [0, 4] + HTTP2Frame.bytes(1000)))
    let stream = try #require(scene.server.calls("Write").first?.stream)
    scene.server.windows[stream] = -64535
    try scene.say(scene.server.widen(stream, by: 64535))
    #expect(scene.server.calls("Write")[0].body.count == 65535)
    try scene.say(scene.server.widen(stream, by: 5))
    #expect(scene.server.calls("Write")[0].body.count == 65540)
  }

  @Test func pingsAreAnswered() throws {
    var scene = try Scene([10])
    try scene.say(HTTP2Frame.frame(.ping, [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(scene.server.acknowledgedPings == [[1, 2, 3, 4, 5, 6, 7, 8]])
  }

  @Test func answersComeInAnyPieces() throws {
    var scene = try Scene([10])
    try scene.listen()
    var answers: [UInt8] = []
    for call in scene.server.calls { answers += try scene.server.answer(call, [[], []]) }
    for byte in answers { try scene.say([byte]) }
    #expect(scene.server.calls("Write").count == 1)
  }

  @Test(arguments: [
    ("a frame that is too long", [0, 0x40, 1, 0, 0, 0, 0, 0, 1]),
    ("settings of five bytes", HTTP2Frame.frame(.settings, [0, 0, 0, 0, 0])),
    ("a window beyond all numbers", HTTP2Frame.frame(.settings, [0, 4, 0xff, 0xff, 0xff, 0xff])),
    ("a window that widens by nothing", HTTP2Frame.frame(.windowUpdate, [0, 0, 0, 0])),
    ("windows that add up to too much", HTTP2Frame.frame(.windowUpdate, [0x7f, 0xff, 0xff, 0xff])),
    ("a ping of one byte", HTTP2Frame.frame(.ping, [1])),
    ("a promise", HTTP2Frame.frame(.pushPromise, stream: 1, [0, 0, 0, 2])),
    (
      "headers that are none",
      HTTP2Frame.frame(.headers, flags: 5, stream: 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    ),
    ("a continuation of nothing", HTTP2Frame.frame(.continuation, flags: 4, stream: 1, [])),
    ("padding that is longer than the frame", HTTP2Frame.frame(.data, flags: 8, stream: 1, [9, 1])),
    (
      "headers that break off",
      HTTP2Frame.frame(.headers, stream: 1, []) + HTTP2Frame.frame(.ping, Array(repeating: 0, count: 8))
    ),
    ("a call broken off", HTTP2Frame.frame(.resetStream, stream: 1, [0, 0, 0, 2])),
    ("a farewell with an error", HTTP2Frame.frame(.goAway, [0, 0, 0, 0, 0, 0, 0, 1])),
    ("a message that is compressed", HTTP2Frame.frame(.data, stream: 1, [1, 0, 0, 0, 0])),
    ("a message without end", HTTP2Frame.frame(.data, stream: 1, [0, 0xff, 0, 0, 0])),
    ("a call without a status", HTTP2Frame.frame(.data, flags: 1, stream: 1, [0, 0, 0, 0, 0])),
  ])
  func whatIsNoAnswerIsRefused(_ what: String, _ bytes: [UInt8]) throws {
    let scene = try Scene([10])
    #expect(throws: ContainerdError.self, "\(what)") {
      try bytes.withUnsafeBytes { try scene.upload.receive($0) }
    }
  }

  @Test func questionsWithoutEndAreRefused() throws {
    let scene = try Scene([10])
    let pings = Array(repeating: HTTP2Frame.frame(.ping, Array(repeating: 0, count: 8)), count: 2000).flatMap
    { $0 }
    #expect(throws: ContainerdError.self) {
      for _ in 0..<100 { try pings.withUnsafeBytes { try scene.upload.receive($0) } }
    }
  }

  @Test func answersOfStreamsThatNobodyOpenedAreLeftOut() throws {
    var scene = try Scene([10])
    try scene.listen()
    try scene.say(HTTP2Frame.frame(.data, flags: 1, stream: 99, [1, 2, 3]))
    try scene.say(HTTP2Frame.frame(.resetStream, stream: 99, [0, 0, 0, 2]))
    try scene.say([0, 0, 1, 0x77, 0, 0, 0, 0, 0, 1])
    #expect(scene.upload.refusal == nil)
  }
}
