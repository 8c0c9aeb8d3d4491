/// Writes fields in the wire format of Protocol Buffers ("Encoding" in its documentation): varints and fields of bytes.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private enum Wire: UInt64 {
    case varint = 0
    case bytes = 2
  }

  mutating func number(_ field: UInt64, _ value: Int64) {
    tag(field, .varint)
    varint(UInt64(bitPattern: value))
  }

  mutating func string(_ field: UInt64, _ value: String) { self.bytes(field, Array(value.utf8)) }

  mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
    head(field, count: value.count)
    bytes += value
  }

  /// A whole message whose first field, a text, is all there is to say.
  static func message(_ text: String) -> [UInt8] {
    var message = ProtobufWriter()
    message.string(1, text)
    return message.bytes
  }

  /// One entry of a map from strings to strings.
  mutating func entry(_ field: UInt64, _ key: String, _ value: String) {
    var entry = ProtobufWriter()
    entry.string(1, key)
    entry.string(2, value)
    bytes(field, entry.bytes)
  }

  /// The beginning of a field of bytes, which have to follow the message so far.
  mutating func head(_ field: UInt64, count: Int) {
    tag(field, .bytes)
    varint(UInt64(count))
  }

  private mutating func tag(_ field: UInt64, _ wire: Wire) { varint(field << 3 | wire.rawValue) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
