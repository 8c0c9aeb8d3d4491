#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One regular file, opened once and read by position, so that any number of cursors share its descriptor.
final class FileSource: ContentSource {
  let isSequential = false
  /// Bytes when it was opened.
  let size: Int64
  private let descriptor: Int32

  /// Opens a regular file below the folder `directory` (or anywhere, for `AT_FDCWD`).
  ///
  /// - Parameter followLinks: whether the last component of the path may be a symbolic link.
  init(path: String, relativeTo directory: Int32 = AT_FDCWD, followLinks: Bool = true) throws(ImageError) {
    let descriptor = openat(
      directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW))
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ImageError(.unsupportedArchive, "not a regular file: \(ImageError.shown(path))")
    }
    self.descriptor = descriptor
    size = Int64(status.st_size)
  }

  deinit { close(descriptor) }

  func makeCursor() -> any ContentCursor { FileCursor(file: self) }

  /// Reads by position; safe on any thread.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count >= 0 { return count }
      guard errno == EINTR else { throw Self.failure("read", nil) }
    }
  }

  static func failure(_ action: String, _ path: String?) -> ImageError {
    let number = errno
    let reason = String(cString: strerror(number)).lowercased()
    let code: ImageError.Code = number == ENOENT || number == ENOTDIR ? .bundleNotFound : .readFailed
    let subject = path.map { " " + ImageError.shown($0) } ?? " the archive"
    return ImageError(code, "\(action)\(subject): \(reason)")
  }

  private final class FileCursor: ContentCursor {
    private let file: FileSource

    init(file: FileSource) { self.file = file }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
      try file.read(at: offset, into: buffer)
    }
  }
}
