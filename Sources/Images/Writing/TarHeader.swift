/// The 512 bytes before a file's data in a tar archive (POSIX.1-1988, "ustar"), the same for the same file always:
/// no owner, no time.
enum TarHeader {
  static let blockSize = 512

  /// - Parameters:
  ///   - name: at most 100 bytes, which all names here are.
  ///   - size: bytes of data; past 8 GiB it is written in binary, as GNU tar does and all readers know.
  ///   - mode: seven octal digits.
  ///   - type: `0` for a file, `x` for an extended header.
  static func file(
    _ name: String, size: Int64, mode: String = "0000644", type: Character = "0"
  ) -> [UInt8] {
    precondition(name.utf8.count <= 100, "a tar member's name is too long")
    var block = [UInt8](repeating: 0, count: blockSize)
    block.replaceSubrange(0..<name.utf8.count, with: name.utf8)
    put(mode, at: 100, in: &block)
    put("0000000", at: 108, in: &block)
    put("0000000", at: 116, in: &block)
    put(size: size, in: &block)
    put("00000000000", at: 136, in: &block)
    put("        ", at: 148, in: &block)
    put(String(type), at: 156, in: &block)
    put("ustar\u{0}00", at: 257, in: &block)
    let sum = block.reduce(0) { $0 + Int($1) }
    put(octal(sum, digits: 6) + "\u{0} ", at: 148, in: &block)
    return block
  }

  /// Bytes that fill up the last block of data.
  static func padding(_ size: Int64) -> Int {
    Int((512 - size % 512) % 512)
  }

  private static func put(size: Int64, in block: inout [UInt8]) {
    if size < 1 << 33 {
      put(octal(Int(size), digits: 11), at: 124, in: &block)
    } else {
      block[124] = 0x80
      for index in 0..<8 { block[135 - index] = UInt8(truncatingIfNeeded: size >> Int64(8 * index)) }
    }
  }

  private static func put(_ text: String, at offset: Int, in block: inout [UInt8]) {
    block.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.utf8.count) + text
  }
}
