/// A tar archive of a few small files in memory, private to their owner.
public enum FileTar {
  /// One file.
  public struct File: Sendable {
    /// Relative, with `/` between its parts.
    public let path: String
    public let bytes: [UInt8]

    public init(_ path: String, _ bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// The archive. A path of more than 100 bytes goes into an extended header (POSIX.1-2001, pax, "pax Header Block").
  public static func bytes(_ files: [File]) -> [UInt8] {
    var archive: [UInt8] = []
    func append(_ name: String, _ bytes: [UInt8], type: Character) {
      archive += TarHeader.file(name, size: Int64(bytes.count), mode: "0000600", type: type)
      archive += bytes
      archive += [UInt8](repeating: 0, count: TarHeader.padding(Int64(bytes.count)))
    }
    for (index, file) in files.enumerated() {
      guard file.path.utf8.count > 100 else {
        append(file.path, file.bytes, type: "0")
        continue
      }
      append("pax/\(index)", Array(record("path", file.path).utf8), type: "x")
      append("long/\(index)", file.bytes, type: "0")
    }
    return archive + [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)
  }

  /// `LENGTH KEY=VALUE\n`, the length counting itself.
  private static func record(_ key: String, _ value: String) -> String {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while length != rest.utf8.count + String(length).utf8.count {
      length = rest.utf8.count + String(length).utf8.count
    }
    return "\(length)\(rest)"
  }
}
