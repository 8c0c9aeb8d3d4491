import NIOCore
import NIOHPACK
import Testing

@testable import Containerd

/// The other side of an upload, which reads calls, says what a test tells it to, and fails the test when a window is
/// overrun. What containerd itself does with the calls is tested in the lab.
struct FakeContainerd {
  struct Call {
    let stream: UInt32
    let method: String
    let headers: HPACKHeaders
    /// Messages, each with its prefix, as far as they have come.
    var body: [UInt8] = []
    var hasEnded = false

    var messages: [[UInt8]] {
      var messages: [[UInt8]] = []
      var rest = body[...]
      while rest.count >= 5 {
        let count = Int(HTTP2Frame.number(rest.dropFirst().prefix(4)))
        guard rest.count >= 5 + count else { break }
        messages.append(Array(rest.dropFirst(5).prefix(count)))
        rest = rest.dropFirst(5 + count)
      }
      return messages
    }
  }

  private(set) var calls: [Call] = []
  /// Bytes that the client may still send, over all streams and on each.
  var window = 65535
  var windows: [UInt32: Int] = [:]
  private var hasPreface = false
  private var inbox: [UInt8] = []
  private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
  private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
  private(set) var acknowledgedPings: [[UInt8]] = []

  /// The calls of a method, by the last word of its name.
  func calls(_ name: String) -> [Call] { calls.filter { $0.method.hasSuffix("/" + name) } }

  mutating func take(_ bytes: some Sequence<UInt8>) throws {
    inbox += bytes
    if !hasPreface {
      let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
      guard inbox.count >= preface.count else { return }
      #expect(Array(inbox.prefix(preface.count)) == preface)
      inbox.removeFirst(preface.count)
      hasPreface = true
    }
    while inbox.count >= 9 {
      let frame = HTTP2Frame(inbox[...])
      guard inbox.count >= 9 + frame.length else { return }
      let content = inbox[9..<9 + frame.length]
      switch frame.kind {
      case .headers:
        var buffer = ByteBuffer(bytes: content)
        let headers = try decoder.decodeHeaders(from: &buffer)
        calls.append(Call(stream: frame.stream, method: headers.first(name: ":path") ?? "", headers: headers))
        if windows[frame.stream] == nil { windows[frame.stream] = 65535 }
      case .data:
        #expect(frame.length <= HTTP2Frame.longestContent)
        window -= frame.length
        windows[frame.stream, default: 0] -= frame.length
        #expect(window >= 0 && windows[frame.stream, default: 0] >= 0, "more than the window")
        let index = try #require(calls.firstIndex { $0.stream == frame.stream })
        calls[index].body += content
        calls[index].hasEnded = frame.has(HTTP2Frame.endStream)
      case .ping where frame.has(HTTP2Frame.acknowledged): acknowledgedPings.append(Array(content))
      default: break
      }
      inbox.removeFirst(9 + frame.length)
    }
  }

  /// An answer to a call: its messages, and its status.
  mutating func answer(_ call: Call, _ messages: [[UInt8]] = [[]], status: Int = 0, _ text: String = "")
    throws -> [UInt8]
  {
    var bytes: [UInt8] = []
    if !messages.isEmpty {
      bytes += try headers(
        call.stream, [(":status", "200"), ("content-type", "application/grpc")], ends: false)
      for message in messages {
        bytes += HTTP2Frame.frame(.data, stream: call.stream, GRPCReply.prefix(message.count) + message)
      }
      bytes += try headers(call.stream, [("grpc-status", "\(status)"), ("grpc-message", text)], ends: true)
    } else {
      bytes += try headers(
        call.stream, [(":status", "200"), ("grpc-status", "\(status)"), ("grpc-message", text)], ends: true)
    }
    return bytes
  }

  mutating func headers(_ stream: UInt32, _ fields: [(String, String)], ends: Bool) throws -> [UInt8] {
    var buffer = ByteBuffer()
    try encoder.encode(headers: HPACKHeaders(fields), to: &buffer)
    return HTTP2Frame.frame(
      .headers, flags: HTTP2Frame.endHeaders | (ends ? HTTP2Frame.endStream : 0), stream: stream,
      Array(buffer.readableBytesView))
  }

  /// Lets as much more come.
  mutating func widen(_ stream: UInt32, by step: Int) -> [UInt8] {
    if stream == 0 { window += step } else { windows[stream, default: 65535] += step }
    return HTTP2Frame.frame(.windowUpdate, stream: stream, HTTP2Frame.bytes(UInt32(step)))
  }
}
