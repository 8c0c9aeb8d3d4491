/// The head of a frame, which is all that HTTP/2 puts between bytes (RFC 9113, section 4.1).
struct HTTP2Frame {
  /// RFC 9113, section 6.
  enum Kind: UInt8 {
    case data = 0
    case headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
  }

  /// Bytes of a head.
  static let headSize = 9
  /// Bytes of the longest content that every receiver takes (SETTINGS_MAX_FRAME_SIZE, its least and first value).
  static let longestContent = 16384

  // Flags; one number means different things for different kinds.
  static let endStream: UInt8 = 0x1
  static let acknowledged: UInt8 = 0x1
  static let endHeaders: UInt8 = 0x4
  static let padded: UInt8 = 0x8
  static let hasPriority: UInt8 = 0x20

  /// nil for a kind that this client does not know, which it has to ignore.
  let kind: Kind?
  let flags: UInt8
  let stream: UInt32
  /// Bytes of content after the head.
  let length: Int

  /// Reads a head; `bytes` has at least ``headSize`` of them.
  init(_ bytes: ArraySlice<UInt8>) {
    let head = Array(bytes.prefix(Self.headSize))
    length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
    kind = Kind(rawValue: head[3])
    flags = head[4]
    stream = Self.number(head[5..<9]) & 0x7fff_ffff
  }

  func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

  /// A head, as it is sent.
  static func head(_ kind: Kind, flags: UInt8 = 0, stream: UInt32, length: Int) -> [UInt8] {
    [
      UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
      UInt8(truncatingIfNeeded: length),
    ]
      + [kind.rawValue, flags] + bytes(stream)
  }

  /// A whole frame, as it is sent.
  static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ content: [UInt8]) -> [UInt8] {
    head(kind, flags: flags, stream: stream, length: content.count) + content
  }

  /// Four bytes in network order.
  static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// The number in bytes in network order, four at most.
  static func number(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
