import Images

/// Packs a chart as helm does (`NAME/…` in a gzipped tar), the same bytes for the same files always and everywhere.
///
/// The gzip (RFC 1952) holds stored blocks (RFC 1951 section 3.2.4): a compressor's bytes change with its version, and
/// with them the digest that tells whether a repository has this very chart.
enum ChartArchive {
  /// Throws `bad-chart` for paths that a tar cannot hold.
  static func pack(_ chart: ChartFolder) throws(RegistryError) -> [UInt8] {
    var tar: [UInt8] = []
    // Chart.yaml first, as helm has it: readers need not go through the rest to know what it is.
    let paths = ["Chart.yaml"] + chart.files.keys.filter { $0 != "Chart.yaml" }.sorted()
    for path in paths {
      guard let bytes = chart.files[path] else { continue }
      let name = chart.name + "/" + path
      guard let header = UstarHeader.file(name, size: bytes.count) else {
        throw RegistryError(
          .badChart, "the chart's path \(MessageText.shown(path)) is too long for a tar archive")
      }
      tar += header
      tar += bytes
      tar += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
    tar += [UInt8](repeating: 0, count: 1024)
    return gzip(tar)
  }

  /// A gzip member without compression, name and time.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    result.reserveCapacity(bytes.count + bytes.count / 6000 + 64)
    var start = 0
    repeat {
      let count = min(65_535, bytes.count - start)
      let isLast = start + count == bytes.count
      result += [isLast ? 1 : 0] + little(UInt16(count)) + little(~UInt16(count))
      result += bytes[start..<start + count]
      start += count
    } while start < bytes.count
    return result + little(crc(bytes)) + little(UInt32(truncatingIfNeeded: bytes.count))
  }

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
  }

  /// RFC 1952 section 8.
  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    let table = (0..<256).map { index -> UInt32 in
      (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
    }
    return ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }
}

/// The header of a file in a tar archive (POSIX.1-1988, "ustar"), without owner and with a fixed time.
enum UstarHeader {
  /// nil for a name that does not fit: 100 bytes, after at most 155 bytes of folders. A size past 8 GiB is written in
  /// binary, as GNU tar does.
  static func file(_ path: String, size: Int) -> [UInt8]? {
    guard let (prefix, name) = split(path) else { return nil }
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) {
      block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.utf8.count) + text
    }
    put(name, 0)
    put("0000644", 100)
    put("0000000", 108)
    put("0000000", 116)
    if size < 1 << 33 {
      put(octal(size, 11), 124)
    } else {
      block[124] = 0x80
      for index in 0..<8 { block[135 - index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
    }
    // 1980-01-01: some readers take time 0 for no time at all.
    put(octal(315_532_800, 11), 136)
    put("        ", 148)
    put("0", 156)
    put("ustar\u{0}00", 257)
    put(prefix, 345)
    let sum = block.reduce(0) { $0 + Int($1) }
    put(octal(sum, 6) + "\u{0} ", 148)
    return block
  }

  private static func split(_ path: String) -> (prefix: String, name: String)? {
    if path.utf8.count <= 100 { return ("", path) }
    for slash in path.indices where path[slash] == "/" {
      let prefix = path[..<slash]
      let name = path[path.index(after: slash)...]
      if prefix.utf8.count <= 155, name.utf8.count <= 100, !name.isEmpty {
        return (String(prefix), String(name))
      }
    }
    return nil
  }
}
