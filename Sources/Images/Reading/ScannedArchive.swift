/// The members of one archive or folder, found by a scan that unpacked nothing.
struct ScannedArchive: Sendable {
  /// What it is called in messages.
  let what: String
  /// Where the members' offsets point into.
  let source: any ContentSource
  /// Files and links by their normal path.
  private(set) var members: [String: ArchiveMember] = [:]
  /// The files' paths in the order in which they lie in the source.
  private(set) var order: [String] = []
  /// Archives within this one that had to be scanned in the same pass, since the source is sequential.
  var nested: [String: Result<ScannedArchive, ImageError>] = [:]
  /// Whether the archive ended as it should; false hints at a file cut off between two members.
  var isWhole = true

  init(what: String, source: any ContentSource) {
    self.what = what
    self.source = source
  }

  /// Adds a member. A name that comes twice is kept once, for ``ArchiveScanner`` to compare: see its rule.
  /// Returns the earlier member of that name.
  mutating func add(_ member: ArchiveMember, at path: String) -> ArchiveMember? {
    if let earlier = members[path] { return earlier }
    members[path] = member
    if member.link == nil { order.append(path) }
    return nil
  }

  /// The file at that path, links followed; nil where there is none. Throws `corrupt-bundle` for a ring of links.
  func file(_ path: String) throws(ImageError) -> (path: String, member: ArchiveMember)? {
    var path = path
    for _ in 0..<16 {
      guard let member = members[path] else { return nil }
      guard let link = member.link else { return (path, member) }
      path = link
    }
    throw ImageError(.corruptBundle, "\(what) has a ring of links at \(ImageError.shown(path))")
  }

  /// The whole content of a small file; throws `too-large` past `limit` bytes.
  func bytes(of member: ArchiveMember, path: String, limit: Int64) throws(ImageError) -> [UInt8] {
    if let bytes = member.bytes { return bytes }
    guard member.size <= limit else {
      throw ImageError(.tooLarge, "\(what): \(ImageError.shown(path)) is larger than \(limit) bytes")
    }
    return try source.makeCursor().bytes(at: member.offset, count: Int(member.size))
  }

  /// The content of the document at that path; nil where there is none.
  func document(_ path: String, limit: Int64) throws(ImageError) -> [UInt8]? {
    guard let (path, member) = try file(path) else { return nil }
    return try bytes(of: member, path: path, limit: limit)
  }

  /// How the file's content is compressed.
  func compression(of member: ArchiveMember) throws(ImageError) -> Compression {
    if let compression = member.compression { return compression }
    let count = Int(min(member.size, Int64(Compression.headSize)))
    return Compression(head: try source.makeCursor().head(at: member.offset, count: count))
  }

  /// The digest of the file's content: known from the scan, or calculated now.
  func digest(of member: ArchiveMember) throws(ImageError) -> Digest {
    if let digest = member.digest { return digest }
    let input = RangeInput(
      try source.makeCursor(), offset: member.offset, size: member.size, blockSize: 1 << 20)
    var hasher = StreamHasher()
    while case let block = try input.nextBlock(), !block.isEmpty { hasher.update(block) }
    guard hasher.count == member.size else {
      throw ImageError(.truncatedArchive, "\(what) ends too early")
    }
    return hasher.finish()
  }
}

/// One member of a scanned archive.
struct ArchiveMember: Sendable {
  /// Offset of the data in the source.
  var offset: Int64
  /// Bytes of data.
  var size: Int64
  /// For links, the path that they stand for.
  var link: String?
  /// Of the content, where the scan had to read it anyway.
  var digest: Digest?
  /// Of the content, where the scan had to read it anyway.
  var compression: Compression?
  /// The content, where it is small and the scan had to read it anyway.
  var bytes: [UInt8]?
}
