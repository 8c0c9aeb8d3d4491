import Images

/// Writes blobs into containerd's content store through its API, as far as they are not there: bytes in, bytes out, and no
/// I/O but reading the blobs.
///
/// A lease keeps them until ``finish(isDone:)``; once everything is done, those end too that uploads before left behind; two
/// uploads at a time are not for one node. A blob of which an earlier upload brought a part goes on from there. Blobs travel one after the other;
/// while containerd commits one, the next is on its way.
public final class ContentUpload {
  private enum Stage {
    /// The lease is asked for, and what is there of the blobs.
    case preparing
    case writing
    /// The blobs are there or one was refused; what is left is to end the lease.
    case releasing
    case over
  }

  /// A call whose answer is awaited.
  private enum Call {
    case lease, oldLeases, statuses, release
    /// The blob's number.
    case write(Int)
  }

  /// The blob that is being written.
  private struct Writing {
    let call: UInt32
    let number: Int
    /// Bytes of the blob before what comes next.
    var offset: Int64
    /// The head of a message that is not sent yet.
    var head: [UInt8] = []
    /// Bytes of the message's data that are not sent yet.
    var data = 0
    /// The message is the last one.
    var isLast = false
  }

  private let lease: Lease
  private let blobs: [Blob]
  private let cursor: any ContentCursor
  private var client: GRPCClient
  private var stage = Stage.preparing
  private var calls: [UInt32: Call] = [:]
  /// Small messages that wait for their stream's window, which is open at once but for a server that allows nothing.
  private var requests: [(call: UInt32, bytes: [UInt8])] = []
  private var writing: Writing?
  /// The next blob to be written.
  private var next = 0
  private var isWritten: [Bool]
  private var offsets: [String: Int64] = [:]
  /// Left behind by uploads that were killed.
  private var oldLeases: [String] = []
  private var isFinished = false
  /// What old leases keep may be part of what is wanted, until that has names.
  private var isDone = false

  /// How many of the blobs are there, counted from the first to the last before one that is not.
  public private(set) var written = 0
  /// Calls that were answered.
  public private(set) var answers: UInt64 = 0
  /// Bytes of blobs that were sent.
  public private(set) var sent: Int64 = 0
  /// Bytes of blobs that were sent, or of which containerd had said at the beginning that they were there.
  public private(set) var progress: Int64 = 0
  /// Why containerd did not take a blob or the lease.
  public private(set) var refusal: GRPCStatus?

  /// Bytes of data in a message. containerd takes 16 MiB; the more it gets at a time, the less often it collects its
  /// garbage, and 4 MiB are nearly as good as that.
  static let messageSize = 4 << 20
  /// Blobs whose commit may be open while the next is written.
  private static let openCommits = 3

  /// - Parameters:
  ///   - namespace: containerd's, such as `k8s.io`.
  ///   - blobs: in the order in which they are needed, which should be that of the source.
  ///   - cursor: a reader of the archive that the blobs are in, used by nobody else meanwhile.
  public init(
    namespace: String, lease: Lease, blobs: [Blob], cursor: any ContentCursor
  ) throws(ContainerdError) {
    self.lease = lease
    self.blobs = blobs
    self.cursor = cursor
    isWritten = Array(repeating: false, count: blobs.count)
    client = GRPCClient(metadata: [("containerd-namespace", namespace), ("containerd-lease", lease.id)])
    try ask(.oldLeases, Lease.list, Lease.listRequest)
    try ask(.lease, Lease.create, lease.createRequest)
    try ask(.statuses, ContentCalls.statuses, ContentCalls.statusesRequest)
  }

  /// Everything is done, and the connection can be ended.
  public var isOver: Bool { if case .over = stage { true } else { false } }

  /// Nothing is left to do before ``finish(isDone:)``.
  public var isResting: Bool {
    if case .writing = stage { written == blobs.count && !isFinished } else { false }
  }

  /// All that was sent is sent; containerd has to commit it.
  public var awaitsCommits: Bool {
    if case .writing = stage { writing == nil && !calls.isEmpty } else { false }
  }

  /// Ends the lease, and writes no more. Harmless a second time.
  ///
  /// - Parameter isDone: everything that is wanted is there and has names.
  public func finish(isDone: Bool) throws(ContainerdError) {
    guard !isFinished else { return }
    isFinished = true
    self.isDone = isDone
    writing = nil
    try goOn()
  }

  // MARK: Sending

  /// Whether ``read(into:)`` has something to give now.
  public var hasOutput: Bool {
    if client.hasControl { return true }
    if let request = requests.first, client.room(request.call) >= request.bytes.count { return true }
    return writing.map { client.room($0.call) > 0 } ?? false
  }

  /// Fills the buffer, which has room for one frame at least, with what can be sent now; returns how many bytes.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    var done = 0
    func add(_ bytes: some Collection<UInt8>) {
      UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).copyBytes(from: bytes)
      done += bytes.count
    }
    while client.hasControl, done < buffer.count { add(client.takeControl(buffer.count - done)) }
    guard !client.hasControl else { return done }
    while let request = requests.first, client.room(request.call) >= request.bytes.count,
      buffer.count - done >= request.bytes.count + HTTP2Frame.headSize
    {
      add(client.head(request.call, count: request.bytes.count, ends: true))
      add(request.bytes)
      requests.removeFirst()
    }
    // What is smaller than a frame is left for the next buffer.
    while var current = writing, buffer.count - done >= HTTP2Frame.headSize + HTTP2Frame.longestContent {
      let room = client.room(current.call)
      guard room > 0 else { break }
      if current.head.isEmpty, current.data == 0 { compose(&current) }
      if !current.head.isEmpty {
        let head = current.head.prefix(room)
        current.head.removeFirst(head.count)
        let ends = current.isLast && current.head.isEmpty && current.data == 0
        add(client.head(current.call, count: head.count, ends: ends))
        add(head)
      } else {
        // Read first: a frame's head cannot be taken back.
        let count = min(room, current.data)
        let start = done + HTTP2Frame.headSize
        try cursor.fill(
          UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + count]),
          at: blobs[current.number].offset + current.offset)
        current.data -= count
        current.offset += Int64(count)
        sent += Int64(count)
        progress += Int64(count)
        add(client.head(current.call, count: count, ends: current.isLast && current.data == 0))
        done += count
      }
      writing = current
      if current.isLast, current.head.isEmpty, current.data == 0 {
        writing = nil
        // It fails where the other side is about to end the connection, which ends this too.
        try? goOn()
      }
      if client.hasControl { break }
    }
    return done
  }

  /// Begins the blob's next message.
  private func compose(_ writing: inout Writing) {
    let blob = blobs[writing.number]
    writing.data = Int(min(Int64(Self.messageSize), blob.size - writing.offset))
    writing.head = ContentCalls.writeHead(blob, offset: writing.offset, count: writing.data)
    writing.isLast = writing.offset + Int64(writing.data) == blob.size
  }

  // MARK: Receiving

  /// Takes what containerd sent.
  public func receive(_ bytes: UnsafeRawBufferPointer) throws(ContainerdError) {
    for outcome in try client.receive(bytes) {
      answers += 1
      // An answer may come before all of the question has left.
      requests.removeAll { $0.call == outcome.call }
      guard let call = calls.removeValue(forKey: outcome.call) else { continue }
      try take(outcome, of: call)
    }
    try goOn()
  }

  private func take(_ outcome: GRPCClient.Outcome, of call: Call) throws(ContainerdError) {
    switch call {
    case .lease:
      if !outcome.status.isOK { try refuse(outcome.status) }
    case .oldLeases:
      guard outcome.status.isOK else { return try refuse(outcome.status) }
      oldLeases = try Lease.names(outcome.message)
    case .statuses:
      guard outcome.status.isOK else { return try refuse(outcome.status) }
      offsets = try ContentCalls.offsets(outcome.message)
    case .write(let number):
      let isWhole = writing?.number != number
      if writing?.number == number { writing = nil }
      // A blob that is there already is refused before it has come.
      guard outcome.status.code == GRPCStatus.alreadyExists || outcome.status.isOK && isWhole else {
        // What is there of it may be what was wrong, and must not be where the next upload begins.
        if !outcome.status.isPassing {
          try ask(.release, ContentCalls.abort, ContentCalls.abortRequest(blobs[number].digest))
        }
        return try refuse(
          outcome.status.isOK
            ? GRPCStatus(code: 2, message: "a blob was taken before it was sent") : outcome.status)
      }
      isWritten[number] = true
      while written < blobs.count, isWritten[written] { written += 1 }
    case .release:
      break
    }
  }

  private func refuse(_ status: GRPCStatus) throws(ContainerdError) {
    if refusal == nil { refusal = status }
    writing = nil
    try goOn()
  }

  // MARK: Going on

  /// Starts what can be started now.
  private func goOn() throws(ContainerdError) {
    switch stage {
    case .preparing where calls.isEmpty && refusal == nil:
      stage = .writing
      try goOn()
    case .preparing, .writing:
      if let refusal, refusal.isPassing {
        // What has come stays for the next attempt.
        stage = .over
      } else if refusal != nil || isFinished {
        stage = .releasing
        for id in (isDone ? oldLeases : []) + [lease.id] {
          try ask(.release, Lease.delete, Lease.deleteRequest(id))
        }
      } else if case .writing = stage, writing == nil, next < blobs.count, calls.count <= Self.openCommits {
        let call = try client.open(ContentCalls.write)
        calls[call] = .write(next)
        let there = offsets[ContentCalls.reference(blobs[next].digest)] ?? 0
        let offset = (0...blobs[next].size).contains(there) ? there : 0
        progress += offset
        writing = Writing(call: call, number: next, offset: offset)
        next += 1
      }
    case .releasing:
      // After a refusal, writes that are under way are broken off with the connection.
      let open = calls.values.contains { if case .release = $0 { true } else { false } }
      if !open { stage = .over }
    case .over:
      break
    }
  }

  private func ask(_ call: Call, _ method: String, _ message: [UInt8]) throws(ContainerdError) {
    let number = try client.open(method)
    calls[number] = call
    requests.append((number, GRPCReply.prefix(message.count) + message))
  }
}
