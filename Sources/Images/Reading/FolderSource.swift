import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The regular files of a folder, laid end to end as one source: each begins where the one before it ends.
final class FolderSource: ContentSource {
  /// One file of the folder.
  struct File: Sendable {
    /// Relative to the folder.
    let path: String
    /// Where it begins in the source.
    let offset: Int64
    /// Bytes when the folder was scanned.
    let size: Int64
  }

  let isSequential = false
  private let files: [File]
  private let descriptor: Int32
  /// Open files, shared by the cursors that are in them right now.
  private let open = Mutex<[Int: WeakFile]>([:])

  private struct WeakFile: Sendable {
    weak let file: FileSource?
  }

  /// - Parameter files: ordered by offset, without gaps.
  init(path: String, files: [File]) throws(ImageError) {
    let descriptor = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileSource.failure("open", path) }
    self.descriptor = descriptor
    self.files = files
  }

  deinit { close(descriptor) }

  func makeCursor() -> any ContentCursor { FolderCursor(folder: self) }

  /// The index of the file that holds the offset.
  private func index(at offset: Int64) -> Int? {
    var low = 0
    var high = files.count
    while low < high {
      let middle = (low + high) / 2
      if files[middle].offset + files[middle].size <= offset { low = middle + 1 } else { high = middle }
    }
    return low < files.count && files[low].offset <= offset ? low : nil
  }

  private func file(_ index: Int) throws(ImageError) -> FileSource {
    if let file = open.withLock({ $0[index]?.file }) { return file }
    // Two threads may both open it here; either one will do.
    let file = try FileSource(path: files[index].path, relativeTo: descriptor, followLinks: false)
    open.withLock { open in
      if open.count > 256 { open = open.filter { $0.value.file != nil } }
      open[index] = WeakFile(file: file)
    }
    return file
  }

  private final class FolderCursor: ContentCursor {
    private let folder: FolderSource
    private var current: (index: Int, file: FileSource)?

    init(folder: FolderSource) { self.folder = folder }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
      guard let index = folder.index(at: offset) else { return 0 }
      if current?.index != index { current = (index, try folder.file(index)) }
      guard let current else { return 0 }
      let entry = folder.files[index]
      let within = offset - entry.offset
      let count = min(Int64(buffer.count), entry.size - within)
      return try current.file.read(
        at: within, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(count)]))
    }
  }
}
