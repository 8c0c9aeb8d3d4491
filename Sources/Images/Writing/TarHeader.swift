/// Headers of the archives that are written here (POSIX.1-2017, pax, "ustar Interchange Format"): regular files of
/// root with mode 0444 and no time, so that the same content always gives the same bytes.
enum TarHeader {
  static let blockSize = 512

  /// The end of an archive: two empty blocks.
  static let end = [UInt8](repeating: 0, count: 2 * blockSize)

  /// - Parameters:
  ///   - name: at most 100 bytes of ASCII; all names here are made of a digest.
  ///   - size: bytes; above 8 GiB in base 256, which libarchive, GNU tar and Go's archive/tar read.
  static func bytes(name: String, size: Int64) -> [UInt8] {
    precondition(name.utf8.count <= 100 && size >= 0)
    var block = [UInt8](repeating: 0, count: blockSize)
    block.replaceSubrange(0..<name.utf8.count, with: name.utf8)
    put(octal(0o444, 7), at: 100, in: &block)
    put(octal(0, 7), at: 108, in: &block)
    put(octal(0, 7), at: 116, in: &block)
    if size < 1 << 33 {
      put(octal(size, 11), at: 124, in: &block)
    } else {
      for index in 0..<8 { block[135 - index] = UInt8(truncatingIfNeeded: size >> (8 * Int64(index))) }
      block[124] = 0x80
    }
    put(octal(0, 11), at: 136, in: &block)
    block[156] = UInt8(ascii: "0")
    put(Array("ustar\u{0}00".utf8), at: 257, in: &block)
    // The checksum counts its own field as blanks.
    put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148, in: &block)
    let sum = block.reduce(0) { $0 + Int64($1) }
    put(octal(sum, 6) + [0, UInt8(ascii: " ")], at: 148, in: &block)
    return block
  }

  /// How many bytes follow content of this size up to the next block.
  static func padding(after size: Int64) -> Int {
    Int((Int64(blockSize) - size % Int64(blockSize)) % Int64(blockSize))
  }

  private static func put(_ bytes: [UInt8], at offset: Int, in block: inout [UInt8]) {
    block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }

  private static func octal(_ value: Int64, _ digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8)
  }
}
