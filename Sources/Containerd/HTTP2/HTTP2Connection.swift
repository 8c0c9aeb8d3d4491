import NIOCore
import NIOHPACK

/// The client's side of one HTTP/2 connection (RFC 9113): bytes in, events out, and no I/O.
///
/// It keeps both directions' flow control (section 5.2). What it has to say by itself waits in ``control``, between whose
/// frames and those of streams any order will do.
struct HTTP2Connection {
  enum Event {
    case headers(stream: UInt32, HPACKHeaders, ends: Bool)
    case data(stream: UInt32, ArraySlice<UInt8>, ends: Bool)
    /// The other side ends a stream by force, with an error code (section 7).
    case reset(stream: UInt32, code: UInt32)

    var stream: UInt32 {
      switch self {
      case .headers(let stream, _, _), .data(let stream, _, _), .reset(let stream, _): stream
      }
    }
  }

  private struct Stream {
    /// Bytes that may still be sent.
    var window: Int
    /// Bytes received that the other side was not told of.
    var received = 0
  }

  /// Frames that are ready to be sent.
  private(set) var control: [UInt8]
  private var streams: [UInt32: Stream] = [:]
  private var nextStream: UInt32 = 1
  /// Bytes that may be sent over all streams.
  private var window = Self.firstWindow
  /// What a new stream's window is.
  private var streamWindow = Self.firstWindow
  private var received = 0
  private var inbox: [UInt8] = []
  /// The other side takes no further streams.
  private var isGoingAway = false
  /// Pings since something was sent.
  private var pings = 0
  private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
  private var decoder = HPACKDecoder(
    allocator: ByteBufferAllocator(), maxDynamicTableSize: HPACKDecoder.maxDynamicTableSize,
    maxHeaderListSize: Self.longestHeaders)
  /// A block of headers that goes on in further frames.
  private var block: (stream: UInt32, ends: Bool, bytes: [UInt8])?

  private static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  private static let firstWindow = 65535
  private static let longestWindow = 1 << 31 - 1
  private static let longestHeaders = 64 << 10
  /// The other side is told of received bytes when there are as many.
  private static let windowStep = firstWindow / 2
  /// Go's server sends one with what it receives, to measure the link, and one in two hours.
  private static let mostPings = 200
  /// More of its own to say it can only have because the other side asks without end and reads nothing.
  private static let longestControl = 1 << 20

  private enum Setting {
    static let enablePush: UInt16 = 2
    static let initialWindowSize: UInt16 = 4
  }

  init() {
    let noPush = [0, UInt8(Setting.enablePush)] + HTTP2Frame.bytes(0)
    control = Array(Self.preface.utf8) + HTTP2Frame.frame(.settings, noPush)
  }

  // MARK: Sending

  /// Takes up to `count` bytes of ``control``.
  mutating func takeControl(_ count: Int) -> ArraySlice<UInt8> {
    let taken = control.prefix(count)
    control.removeFirst(taken.count)
    return taken
  }

  /// Starts a stream with these headers; returns its number.
  mutating func open(_ headers: HPACKHeaders) throws(ContainerdError) -> UInt32 {
    guard !isGoingAway else { throw ContainerdError("http/2: the other side is going away") }
    let stream = nextStream
    nextStream += 2
    streams[stream] = Stream(window: streamWindow)
    var buffer = ByteBuffer()
    do { try encoder.encode(headers: headers, to: &buffer) } catch {
      throw ContainerdError("http/2: headers cannot be encoded: \(error)")
    }
    let block = Array(buffer.readableBytesView)
    guard block.count <= HTTP2Frame.longestContent else {
      throw ContainerdError("http/2: the headers are too long")
    }
    control += HTTP2Frame.frame(.headers, flags: HTTP2Frame.endHeaders, stream: stream, block)
    return stream
  }

  /// How many bytes of content the next frame of a stream may carry; 0 while a window is closed.
  func room(_ stream: UInt32) -> Int {
    max(0, min(HTTP2Frame.longestContent, window, streams[stream]?.window ?? 0))
  }

  /// The head of a frame with `count` bytes of content, at most ``room(_:)``, which have to follow it at once.
  mutating func head(_ stream: UInt32, count: Int, ends: Bool) -> [UInt8] {
    pings = 0
    window -= count
    streams[stream]?.window -= count
    return HTTP2Frame.head(.data, flags: ends ? HTTP2Frame.endStream : 0, stream: stream, length: count)
  }

  // MARK: Receiving

  /// Takes what the other side sent.
  mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(ContainerdError) -> [Event] {
    inbox.append(contentsOf: bytes)
    var events: [Event] = []
    var position = 0
    while inbox.count - position >= HTTP2Frame.headSize {
      let frame = HTTP2Frame(inbox[position...])
      guard frame.length <= HTTP2Frame.longestContent else {
        throw ContainerdError("http/2: a frame of \(frame.length) bytes")
      }
      let start = position + HTTP2Frame.headSize
      guard inbox.count - start >= frame.length else { break }
      position = start + frame.length
      if let event = try take(frame, inbox[start..<position]) { events.append(event) }
    }
    inbox.removeFirst(position)
    guard control.count <= Self.longestControl else {
      throw ContainerdError("http/2: the other side asks without end and reads no answer")
    }
    return events
  }

  private mutating func take(
    _ frame: HTTP2Frame, _ content: ArraySlice<UInt8>
  ) throws(ContainerdError) -> Event? {
    guard block == nil || frame.kind == .continuation else {
      throw ContainerdError("http/2: headers broke off")
    }
    switch frame.kind {
    case .data:
      try count(content.count, of: frame.stream)
      let data = try unpadded(frame, content)
      return known(frame.stream, .data(stream: frame.stream, data, ends: ends(frame)))
    case .headers:
      var fragment = try unpadded(frame, content)
      if frame.has(HTTP2Frame.hasPriority) { fragment = fragment.dropFirst(5) }
      block = (frame.stream, frame.has(HTTP2Frame.endStream), Array(fragment))
      return try headers(frame)
    case .continuation:
      guard block?.stream == frame.stream else { throw ContainerdError("http/2: a continuation of nothing") }
      block?.bytes += content
      return try headers(frame)
    case .resetStream:
      guard content.count == 4 else { throw Self.malformed(frame) }
      defer { streams[frame.stream] = nil }
      return known(frame.stream, .reset(stream: frame.stream, code: HTTP2Frame.number(content)))
    case .settings:
      try settings(frame, content)
    case .ping:
      guard content.count == 8 else { throw Self.malformed(frame) }
      pings += 1
      guard pings <= Self.mostPings else { throw ContainerdError("http/2: pings and nothing else") }
      if !frame.has(HTTP2Frame.acknowledged) {
        control += HTTP2Frame.frame(.ping, flags: HTTP2Frame.acknowledged, Array(content))
      }
    case .goAway:
      guard content.count >= 8 else { throw Self.malformed(frame) }
      let code = HTTP2Frame.number(content.dropFirst(4).prefix(4))
      // Without an error, what is under way goes on to its end.
      isGoingAway = true
      guard code == 0 else { throw ContainerdError("http/2: the other side gives up with error \(code)") }
    case .windowUpdate:
      try widen(frame, content)
    case .pushPromise:
      throw ContainerdError("http/2: a promise that was not wanted")
    case .priority, nil:
      break
    }
    return nil
  }

  private func known(_ stream: UInt32, _ event: Event) -> Event? { streams[stream] == nil ? nil : event }

  private func ends(_ frame: HTTP2Frame) -> Bool { frame.has(HTTP2Frame.endStream) }

  private func unpadded(
    _ frame: HTTP2Frame, _ content: ArraySlice<UInt8>
  ) throws(ContainerdError) -> ArraySlice<UInt8> {
    guard frame.has(HTTP2Frame.padded) else { return content }
    guard let padding = content.first, Int(padding) < content.count else { throw Self.malformed(frame) }
    return content.dropFirst().dropLast(Int(padding))
  }

  private mutating func headers(_ frame: HTTP2Frame) throws(ContainerdError) -> Event? {
    guard let block, block.bytes.count <= Self.longestHeaders else { throw Self.malformed(frame) }
    guard frame.has(HTTP2Frame.endHeaders) else { return nil }
    self.block = nil
    var buffer = ByteBuffer(bytes: block.bytes)
    // Even those of a stream that is over: the table of both sides must stay the same (RFC 7541, section 2.2).
    guard let headers = try? decoder.decodeHeaders(from: &buffer) else { throw Self.malformed(frame) }
    return known(block.stream, .headers(stream: block.stream, headers, ends: block.ends))
  }

  private mutating func settings(_ frame: HTTP2Frame, _ content: ArraySlice<UInt8>) throws(ContainerdError) {
    guard !frame.has(HTTP2Frame.acknowledged) else { return }
    guard content.count.isMultiple(of: 6) else { throw Self.malformed(frame) }
    var rest = content
    while !rest.isEmpty {
      let setting = UInt16(HTTP2Frame.number(rest.prefix(2)))
      let value = Int(HTTP2Frame.number(rest.dropFirst(2).prefix(4)))
      rest = rest.dropFirst(6)
      guard setting == Setting.initialWindowSize else { continue }
      guard value <= Self.longestWindow else { throw Self.malformed(frame) }
      // Streams that are open change too, even below zero (section 6.9.2).
      for stream in streams.keys { streams[stream]?.window += value - streamWindow }
      streamWindow = value
    }
    control += HTTP2Frame.frame(.settings, flags: HTTP2Frame.acknowledged, [])
  }

  private mutating func widen(_ frame: HTTP2Frame, _ content: ArraySlice<UInt8>) throws(ContainerdError) {
    let step = Int(HTTP2Frame.number(content) & 0x7fff_ffff)
    guard content.count == 4, step > 0 else { throw Self.malformed(frame) }
    if frame.stream == 0 { window += step } else { streams[frame.stream]?.window += step }
    guard max(window, streams[frame.stream]?.window ?? 0) <= Self.longestWindow else {
      throw Self.malformed(frame)
    }
  }

  /// Counts received content and lets as much more come.
  private mutating func count(_ bytes: Int, of stream: UInt32) throws(ContainerdError) {
    received += bytes
    if received >= Self.windowStep {
      control += HTTP2Frame.frame(.windowUpdate, HTTP2Frame.bytes(UInt32(received)))
      received = 0
    }
    guard var state = streams[stream] else { return }
    state.received += bytes
    if state.received >= Self.windowStep {
      control += HTTP2Frame.frame(.windowUpdate, stream: stream, HTTP2Frame.bytes(UInt32(state.received)))
      state.received = 0
    }
    streams[stream] = state
  }

  /// Forgets a stream on which both sides are done.
  mutating func close(_ stream: UInt32) { streams[stream] = nil }

  private static func malformed(_ frame: HTTP2Frame) -> ContainerdError {
    ContainerdError(
      "http/2: a malformed frame (\(frame.kind.map { "\($0)" } ?? "unknown"), \(frame.length) bytes)")
  }
}
