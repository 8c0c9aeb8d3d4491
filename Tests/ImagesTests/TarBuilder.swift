import CLibArchive

@testable import Images

/// Makes tar archives byte by byte, good ones and bad ones, without the code under test.
struct TarBuilder {
  private(set) var bytes: [UInt8] = []

  mutating func file(_ name: String, _ content: [UInt8]) {
    entry(name, type: "0", size: Int64(content.count))
    bytes += content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  mutating func file(_ name: String, _ content: String) { file(name, Array(content.utf8)) }

  mutating func folder(_ name: String) { entry(name + "/", type: "5") }

  mutating func symlink(_ name: String, to target: String) { entry(name, type: "2", link: target) }

  mutating func hardlink(_ name: String, to target: String) { entry(name, type: "1", link: target) }

  /// A header alone; what it promises need not follow.
  mutating func entry(_ name: String, type: Character, link: String = "", size: Int64 = 0) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("0001750", at: 108)
    put("0001750", at: 116)
    let octal = String(size, radix: 8)
    put(String(repeating: "0", count: 11 - octal.count) + octal, at: 124)
    put("14000000000", at: 136)
    put("        ", at: 148)
    put(String(type), at: 156)
    put(link, at: 157)
    put("ustar\u{0}00", at: 257)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", at: 148)
    bytes += header
  }

  mutating func raw(_ more: [UInt8]) { bytes += more }

  /// One member, for what must not come first.
  static var one: [UInt8] {
    var tar = TarBuilder()
    tar.file("first", "x")
    return tar.bytes
  }

  /// The archive with its end marker.
  var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}

extension Compression {
  /// The bytes compressed by libarchive.
  func compress(_ content: [UInt8]) -> [UInt8] {
    guard self != .none else { return content }
    var result = [UInt8](repeating: 0, count: content.count + content.count / 8 + 4096)
    let archive = archive_write_new()
    defer { archive_write_free(archive) }
    if self == .gzip {
      archive_write_add_filter_gzip(archive)
    } else {
      archive_write_add_filter_zstd(archive)
    }
    // No time in the header: the same content is the same blob.
    archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
    archive_write_set_format_raw(archive)
    archive_write_set_bytes_in_last_block(archive, 1)
    var used = 0
    result.withUnsafeMutableBytes { buffer in
      guard archive_write_open_memory(archive, buffer.baseAddress, buffer.count, &used) == ARCHIVE_OK else {
        return
      }
      let entry = archive_entry_new()
      defer { archive_entry_free(entry) }
      archive_entry_set_filetype(entry, 0o100000)
      archive_write_header(archive, entry)
      content.withUnsafeBytes { _ = archive_write_data(archive, $0.baseAddress, $0.count) }
      archive_write_close(archive)
    }
    return Array(result.prefix(used))
  }
}
