/// Reads the fields of a message in the wire format of Protocol Buffers, one after the other.
struct ProtobufReader {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
    /// Of a kind that no message here has.
    case other
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The next field; nil at the end.
  mutating func next() throws(ContainerdError) -> (field: UInt64, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let tag = try varint()
    switch tag & 7 {
    case 0: return (tag >> 3, .number(try varint()))
    case 1: _ = try take(8)
    case 2: return (tag >> 3, .bytes(try take(try varint())))
    case 5: _ = try take(4)
    default: throw Self.malformed
    }
    return (tag >> 3, .other)
  }

  private mutating func varint() throws(ContainerdError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw Self.malformed }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Self.malformed
  }

  private mutating func take(_ count: UInt64) throws(ContainerdError) -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else { throw Self.malformed }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }

  private static let malformed = ContainerdError("protobuf: a malformed message")
}
