import CLibArchive

/// The members of one uncompressed tar stream, one after the other, with the place of their data.
final class TarReader: BlockInput {
  /// A member's header, and where its data begins in the stream.
  struct Entry {
    let path: String
    let kind: Kind
    /// Bytes of data; 0 but for files.
    let size: Int64
    /// Offset of the data in the tar stream.
    let offset: Int64
  }

  enum Kind: Equatable {
    case file
    case directory
    /// A symbolic or hard link, with the path in the archive that it stands for.
    case link(String)
  }

  /// Whether the two empty blocks were seen that end an archive (POSIX pax, "ustar Interchange Format").
  private(set) var sawEndMarker = false
  private let handle: ArchiveHandle
  private let what: String
  private var expectedPosition: Int64 = 0
  private var started = false

  /// - Parameter what: what is read, for messages.
  init(_ input: any BlockInput, what: String) throws(ImageError) {
    handle = try ArchiveHandle(.tar, input: input)
    self.what = what
  }

  /// The next member; nil at the end.
  ///
  /// Throws `unsafe-path`, `unsupported-archive` (devices, sparse files, no tar at all), `truncated-archive` and
  /// `corrupt-bundle`.
  func next() throws(ImageError) -> Entry? {
    while true {
      var entry: OpaquePointer?
      let result = archive_read_next_header(handle.raw, &entry)
      if result == ARCHIVE_EOF {
        sawEndMarker = handle.position > archive_read_header_position(handle.raw)
        if started { try checkPosition() }
        return nil
      }
      // A warning is about a name's character set; the bytes are there and are looked at below.
      guard let entry, result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw headerFailure() }
      if started { try checkPosition() }
      started = true
      let read = try self.entry(entry)
      expectedPosition = handle.position + (read.size + 511) / 512 * 512
      if !read.path.isEmpty { return read }
    }
  }

  /// The next bytes of the current member; empty at its end.
  func nextBlock() throws(ImageError) -> UnsafeRawBufferPointer {
    while true {
      var start: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      let result = archive_read_data_block(handle.raw, &start, &count, &offset)
      if result == ARCHIVE_EOF { return UnsafeRawBufferPointer(start: nil, count: 0) }
      guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw handle.failure(what) }
      if count > 0 { return UnsafeRawBufferPointer(start: start, count: count) }
    }
  }

  private func entry(_ entry: OpaquePointer) throws(ImageError) -> Entry {
    let path = try MemberPath.normal(text(archive_entry_pathname(entry)))
    if let target = archive_entry_hardlink(entry) {
      return Entry(
        path: path, kind: .link(try MemberPath.normal(text(target))), size: 0, offset: handle.position)
    }
    switch archive_entry_filetype(entry) & 0o170000 {
    case 0o100000:
      let size = archive_entry_size(entry)
      guard archive_entry_sparse_count(entry) == 0 else {
        throw unsupported("a sparse file", path)
      }
      guard size >= 0, size <= Int64.max / 4 else {
        throw ImageError(.tooLarge, "\(what) has a member of absurd size: \(ImageError.shown(path))")
      }
      return Entry(path: path, kind: .file, size: size, offset: handle.position)
    case 0o120000:
      let target = try MemberPath.target(ofLink: path, to: text(archive_entry_symlink(entry)))
      return Entry(path: path, kind: .link(target), size: 0, offset: handle.position)
    case 0o040000:
      return Entry(path: path, kind: .directory, size: 0, offset: handle.position)
    default:
      throw unsupported("a device, pipe or socket", path)
    }
  }

  /// Data offsets are only right if each header begins where the data before it ended; anything else (an unknown
  /// sparse form, a size that two parsers read differently) is refused rather than misread.
  private func checkPosition() throws(ImageError) {
    guard archive_read_header_position(handle.raw) == expectedPosition else {
      throw ImageError(.unsupportedArchive, "\(what) has a member whose data is not stored as it is")
    }
  }

  private func headerFailure() -> ImageError {
    // What does not even begin with a header is some other kind of file, unless it could not be read.
    started || handle.inputFailure != nil
      ? handle.failure(what) : ImageError(.unsupportedArchive, "\(what) is no tar archive")
  }

  private func unsupported(_ kind: String, _ path: String) -> ImageError {
    ImageError(.unsupportedArchive, "\(what) holds \(kind): \(ImageError.shown(path))")
  }

  private func text(_ bytes: UnsafePointer<CChar>?) throws(ImageError) -> String {
    guard let bytes, let text = String(validatingCString: bytes) else {
      throw ImageError(.unsafePath, "\(what) has a name that is not UTF-8")
    }
    return text
  }
}
