import NIOHPACK

/// What comes back of one call: messages, each with a length before it, and a status in the last headers.
struct GRPCReply {
  /// The last message that came whole. Calls here have one answer, or many of which none says more than the last.
  private(set) var message: [UInt8] = []
  /// How the call ended; nil before.
  private(set) var status: GRPCStatus?
  private var inbox: [UInt8] = []

  /// A flag for compression and four bytes of length.
  static let prefixSize = 5
  /// Longer than any answer that is asked for here.
  private static let longestMessage = 4 << 20

  mutating func take(_ data: ArraySlice<UInt8>) throws(ContainerdError) {
    inbox += data
    while inbox.count >= Self.prefixSize {
      let length = Int(HTTP2Frame.number(inbox[1..<Self.prefixSize]))
      guard inbox[0] == 0, length <= Self.longestMessage else {
        throw ContainerdError("grpc: a message of \(length) bytes\(inbox[0] == 0 ? "" : ", compressed")")
      }
      guard inbox.count >= Self.prefixSize + length else { return }
      message = Array(inbox[Self.prefixSize..<Self.prefixSize + length])
      inbox.removeFirst(Self.prefixSize + length)
    }
  }

  mutating func take(_ headers: HPACKHeaders, ends: Bool) throws(ContainerdError) {
    if let answer = headers.first(name: ":status"), answer != "200" {
      throw ContainerdError("grpc: status \(answer) of HTTP")
    }
    guard ends else { return }
    guard let status = GRPCStatus(headers) else {
      throw ContainerdError("grpc: a call ended without a status")
    }
    self.status = status
  }

  /// What stands before a message of `count` bytes.
  static func prefix(_ count: Int) -> [UInt8] { [0] + HTTP2Frame.bytes(UInt32(count)) }
}
