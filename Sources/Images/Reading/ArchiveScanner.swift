/// Finds the members of archives within archives, reading headers only where the input can be skipped through, and
/// all in one pass (hashing on the way) where it is compressed.
final class ArchiveScanner {
  let limits: ArchiveLimits
  private let progress: (ArchiveProgress) -> Void
  private var memberCount = 0
  private var keptBytes: Int64 = 0

  /// - Parameter progress: called while a compressed archive is inflated.
  init(limits: ArchiveLimits, progress: @escaping (ArchiveProgress) -> Void = { _ in }) {
    self.limits = limits
    self.progress = progress
  }

  /// Scans the archive, plain or compressed, in a range of a source that is not sequential.
  func scan(_ source: any ContentSource, offset: Int64, size: Int64, what: String) throws(ImageError)
    -> ScannedArchive
  {
    let cursor = try source.makeCursor()
    let head = try cursor.head(at: offset, count: Int(min(size, Int64(Compression.headSize))))
    let compression = Compression(head: head)
    guard compression == .none else {
      let inflated = InflatedSource(
        source, offset: offset, size: size, compression, limit: limits.inflatedBytes)
      var done: Int64 = 0
      let input = try inflated.makeInput { [progress] block throws(ImageError) in
        done += Int64(block.count)
        progress(ArchiveProgress(bytesDone: done, bytesTotal: size))
        if Task.isCancelled { throw ImageError(.cancelled, "reading the archive was cancelled") }
      }
      let pass = Pass(source: inflated, base: 0, what: what, depth: 0)
      return try scanInPass(TarReader(input, what: what), pass)
    }
    // Small blocks: between two headers everything is skipped.
    let input = RangeInput(cursor, offset: offset, size: size, blockSize: 16 << 10)
    return try scanHeaders(TarReader(input, what: what), source, base: offset, size: size, what: what)
  }

  /// Counts a member against the limit; throws `too-large`.
  func count(in what: String) throws(ImageError) {
    memberCount += 1
    guard memberCount <= limits.members else {
      throw ImageError(.tooLarge, "\(what) has more than \(limits.members) members")
    }
  }

  private func scanHeaders(
    _ reader: TarReader, _ source: any ContentSource, base: Int64, size: Int64, what: String
  ) throws(ImageError) -> ScannedArchive {
    var archive = ScannedArchive(what: what, source: source)
    while let entry = try reader.next() {
      try count(in: what)
      guard entry.offset + entry.size <= size else {
        let path = ImageError.shown(entry.path)
        throw ImageError(
          .truncatedArchive,
          "\(what) ends too early: \(path) needs \(entry.size) bytes, \(max(0, size - entry.offset)) are there",
          hint: "copy or download it again and compare the checksum")
      }
      try add(entry, ArchiveMember(offset: base + entry.offset, size: entry.size), to: &archive)
    }
    archive.isWhole = reader.sawEndMarker
    return archive
  }

  /// Where a scan of a sequential source stands.
  private struct Pass {
    let source: any ContentSource
    /// Offset of the tar stream in the source.
    let base: Int64
    let what: String
    let depth: Int
  }

  private func scanInPass(_ reader: TarReader, _ pass: Pass) throws(ImageError) -> ScannedArchive {
    var archive = ScannedArchive(what: pass.what, source: pass.source)
    while let entry = try reader.next() {
      try count(in: pass.what)
      var member = ArchiveMember(offset: pass.base + entry.offset, size: entry.size)
      if entry.kind == .file {
        let nested = pass.depth < limits.nesting ? NestedArchive(path: entry.path) : nil
        let input = MemberInput(reader, hashes: nested != .certain)
        if nested != nil {
          archive.nested[entry.path] = nestedScan(input, member, path: entry.path, pass)
          while try !input.nextBlock().isEmpty {}
          member.digest = input.digest
        } else {
          try read(input, entry.path, into: &member)
        }
      }
      try add(entry, member, to: &archive)
    }
    archive.isWhole = reader.sawEndMarker
    return archive
  }

  /// A failure is kept for when the nested archive is wanted: a layer may look like one by its name.
  private func nestedScan(_ input: MemberInput, _ member: ArchiveMember, path: String, _ outer: Pass)
    -> Result<ScannedArchive, ImageError>
  {
    let what = ImageError.shown(path)
    do throws(ImageError) {
      let peeked = try PeekedInput(input, count: Compression.headSize)
      let compression = Compression(head: peeked.head)
      if compression == .none {
        let pass = Pass(source: outer.source, base: member.offset, what: what, depth: outer.depth + 1)
        return .success(try scanInPass(TarReader(peeked, what: what), pass))
      }
      let source = InflatedSource(
        outer.source, offset: member.offset, size: member.size, compression, limit: limits.inflatedBytes)
      let inflating = try InflatingInput(peeked, compression, limit: limits.inflatedBytes, what: what)
      let pass = Pass(source: source, base: 0, what: what, depth: outer.depth + 1)
      return .success(try scanInPass(TarReader(inflating, what: what), pass))
    } catch {
      return .failure(error)
    }
  }

  /// Reads a member that goes by anyway: its digest and compression, and its bytes where they are wanted later.
  private func read(_ input: MemberInput, _ path: String, into member: inout ArchiveMember) throws(ImageError)
  {
    let peeked = try PeekedInput(input, count: Compression.headSize)
    member.compression = Compression(head: peeked.head)
    var bytes: [UInt8]?
    if isKept(path, head: peeked.head, size: member.size) {
      keptBytes += member.size
      bytes = []
    }
    while case let block = try peeked.nextBlock(), !block.isEmpty { bytes?.append(contentsOf: block) }
    member.bytes = bytes
    member.digest = input.digest
  }

  private func isKept(_ path: String, head: [UInt8], size: Int64) -> Bool {
    let isDocument = head.first == UInt8(ascii: "{") || head.first == UInt8(ascii: "[")
    let isOfChart = path == HintsFile.path || path.hasPrefix(ChartFiles.folder)
    guard isDocument || isOfChart, size <= limits.listBytes else { return false }
    return keptBytes + size <= limits.keptBytes
  }

  /// Files of one name must have one content: some writers repeat what images share, and anything else is an
  /// attempt to show one thing to one reader and another to the next.
  private func add(_ entry: TarReader.Entry, _ member: ArchiveMember, to archive: inout ScannedArchive)
    throws(ImageError)
  {
    var member = member
    switch entry.kind {
    case .directory: return
    case .link(let target): member.link = target
    case .file: break
    }
    guard let earlier = archive.add(member, at: entry.path) else { return }
    var same = earlier.link == member.link && earlier.size == member.size
    if same, member.link == nil {
      let digest = try archive.digest(of: earlier)
      same = try archive.digest(of: member) == digest
    }
    guard same else {
      throw ImageError(
        .corruptBundle, "\(archive.what) has two different members named \(ImageError.shown(entry.path))")
    }
  }
}

/// The data of a tar reader's current member, hashed as it goes by.
private final class MemberInput: BlockInput {
  private let reader: TarReader
  private var hasher: StreamHasher?
  private var ended = false

  init(_ reader: TarReader, hashes: Bool) {
    self.reader = reader
    hasher = hashes ? StreamHasher() : nil
  }

  /// Of all that went by; nil where it was not hashed.
  var digest: Digest? { hasher?.finish() }

  func nextBlock() throws(ImageError) -> UnsafeRawBufferPointer {
    if ended { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let block = try reader.nextBlock()
    if block.isEmpty { ended = true } else { hasher?.update(block) }
    return block
  }
}
