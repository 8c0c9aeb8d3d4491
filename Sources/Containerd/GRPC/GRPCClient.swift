import NIOHPACK

/// gRPC calls over one HTTP/2 connection (gRPC over HTTP/2), several at a time: bytes in, bytes out, and no I/O.
struct GRPCClient {
  private var connection = HTTP2Connection()
  private var replies: [UInt32: GRPCReply] = [:]
  /// Sent with each call.
  private let metadata: [(String, String)]

  /// What came of a call.
  struct Outcome {
    let call: UInt32
    let status: GRPCStatus
    /// The last message of the answer.
    let message: [UInt8]
  }

  init(metadata: [(String, String)]) { self.metadata = metadata }

  var hasControl: Bool { !connection.control.isEmpty }

  mutating func takeControl(_ count: Int) -> ArraySlice<UInt8> { connection.takeControl(count) }

  /// Starts a call, such as `/containerd.services.leases.v1.Leases/Create`.
  mutating func open(_ method: String) throws(ContainerdError) -> UInt32 {
    var headers = HPACKHeaders([
      (":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "localhost"),
      ("content-type", "application/grpc"), ("te", "trailers"),
    ])
    for (name, value) in metadata { headers.add(name: name, value: value) }
    let call = try connection.open(headers)
    replies[call] = GRPCReply()
    return call
  }

  /// How many bytes of messages the next frame of a call may carry.
  func room(_ call: UInt32) -> Int { connection.room(call) }

  /// The head of a frame with `count` bytes of messages, which have to follow it at once.
  mutating func head(_ call: UInt32, count: Int, ends: Bool) -> [UInt8] {
    connection.head(call, count: count, ends: ends)
  }

  /// Takes what the server sent; returns the calls that have ended.
  mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(ContainerdError) -> [Outcome] {
    var outcomes: [Outcome] = []
    for event in try connection.receive(bytes) {
      switch event {
      case .headers(let call, let headers, let ends):
        try replies[call]?.take(headers, ends: ends)
      case .data(let call, let data, let ends):
        try replies[call]?.take(data)
        if ends { throw ContainerdError("grpc: a call ended without a status") }
      case .reset(let call, let code):
        guard replies[call] != nil else { continue }
        throw ContainerdError("grpc: a call was broken off with error \(code) of HTTP/2")
      }
      let call = event.stream
      if let reply = replies[call], let status = reply.status {
        replies[call] = nil
        connection.close(call)
        outcomes.append(Outcome(call: call, status: status, message: reply.message))
      }
    }
    return outcomes
  }
}
