/// A tar archive that is made while it is sent: what it consists of, and its exact length.
public struct ArchivePlan: Sendable {
  /// A run of bytes of the archive.
  public enum Segment: Sendable {
    /// Bytes that are there already: headers, padding, documents.
    case literal([UInt8])
    /// A layer, read from the image archive.
    case blob(Blob)
  }

  /// The runs, in order.
  public private(set) var segments: [Segment] = []
  /// Bytes of the whole archive.
  public private(set) var length: Int64 = 0
  /// Bytes that come out of the image archive.
  public private(set) var blobBytes: Int64 = 0
  private var pending: [UInt8] = []

  /// The layers, in order.
  public var blobs: [Blob] {
    segments.compactMap { if case .blob(let blob) = $0 { blob } else { nil } }
  }

  /// All bytes but the layers', in order.
  public var literals: [UInt8] {
    segments.flatMap { if case .literal(let bytes) = $0 { bytes } else { [UInt8]() } }
  }

  init() {}

  /// Adds a small file. Its bytes are shared with whoever holds them, since hundreds of plans may hold the same.
  mutating func add(_ name: String, _ bytes: [UInt8]) {
    begin(name, size: Int64(bytes.count))
    append(.literal(bytes), size: Int64(bytes.count))
  }

  /// Adds a layer.
  mutating func add(_ name: String, _ blob: Blob) {
    begin(name, size: blob.size)
    append(.blob(blob), size: blob.size)
    blobBytes += blob.size
  }

  /// Ends the archive.
  mutating func finish() {
    pending += [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)
    flush()
  }

  private mutating func begin(_ name: String, size: Int64) {
    pending += TarHeader.file(name, size: size)
    flush()
  }

  private mutating func append(_ segment: Segment, size: Int64) {
    segments.append(segment)
    length += size
    pending = [UInt8](repeating: 0, count: TarHeader.padding(size))
  }

  private mutating func flush() {
    segments.append(.literal(pending))
    length += Int64(pending.count)
    pending = []
  }
}
