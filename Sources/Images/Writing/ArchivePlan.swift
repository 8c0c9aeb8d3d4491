/// An archive that does not exist yet: what to write, in order, and how long it will be.
///
/// A plan holds the small parts (headers, manifests, configurations) and refers to the blobs where they lie.
public struct ArchivePlan: Sendable {
  enum Segment: Sendable {
    case bytes([UInt8])
    /// A range of the source.
    case range(offset: Int64, size: Int64)

    var size: Int64 {
      switch self {
      case .bytes(let bytes): Int64(bytes.count)
      case .range(_, let size): size
      }
    }
  }

  private(set) var segments: [Segment] = []
  /// Bytes of the whole archive.
  public private(set) var length: Int64 = 0
  /// Bytes of the blobs in it, without headers and documents.
  public private(set) var blobBytes: Int64 = 0

  /// Adds a small file.
  mutating func add(_ name: String, _ content: [UInt8]) {
    var bytes = TarHeader.bytes(name: name, size: Int64(content.count)) + content
    bytes += [UInt8](repeating: 0, count: TarHeader.padding(after: Int64(content.count)))
    add(bytes)
  }

  /// Adds a file whose content is a blob of the source.
  mutating func add(_ name: String, _ blob: Blob) {
    add(TarHeader.bytes(name: name, size: blob.size))
    segments.append(.range(offset: blob.offset, size: blob.size))
    length += blob.size
    blobBytes += blob.size
    add([UInt8](repeating: 0, count: TarHeader.padding(after: blob.size)))
  }

  /// Ends the archive.
  mutating func finish() { add(TarHeader.end) }

  /// Small parts that follow each other become one, so that they go out in one read.
  private mutating func add(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    length += Int64(bytes.count)
    if case .bytes(let before)? = segments.last {
      segments[segments.count - 1] = .bytes(before + bytes)
    } else {
      segments.append(.bytes(bytes))
    }
  }
}
