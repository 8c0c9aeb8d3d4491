/// Reads docker-archives in all their forms: what charts-syncer and skopeo write, `docker save` with a folder per
/// layer, and `docker save` since 25 where it is read by its `manifest.json`.
struct DockerArchiveReader {
  let archive: ScannedArchive
  let options: ImageArchive.Options
  private var limits: ArchiveLimits { options.limits }

  init(archive: ScannedArchive, options: ImageArchive.Options) {
    self.archive = archive
    self.options = options
  }

  /// The entries of `manifest.json`; nil where there is none.
  static func entries(of archive: ScannedArchive, limits: ArchiveLimits) throws(ImageError)
    -> [DockerManifestEntry]?
  {
    guard let bytes = try archive.document("manifest.json", limit: limits.listBytes) else { return nil }
    let entries = try OCIDocument.decode([DockerManifestEntry].self, bytes, what: "manifest.json")
    guard entries.count <= limits.images else {
      throw ImageError(.tooLarge, "the archive has more than \(limits.images) images")
    }
    return entries
  }

  static func references(of entry: DockerManifestEntry) throws(ImageError) -> [ImageReference] {
    var references: [ImageReference] = []
    for tag in entry.repoTags ?? [] { references.append(try ImageReference(tag).orLatest) }
    return references
  }

  func read() throws(ImageError) -> ImageCollector {
    var collector = ImageCollector(limits: limits)
    for entry in try Self.entries(of: archive, limits: limits) ?? [] { try read(entry, into: &collector) }
    return collector
  }

  private func read(_ entry: DockerManifestEntry, into collector: inout ImageCollector) throws(ImageError) {
    let references = try Self.references(of: entry)
    let title = references.first?.description ?? "the image of \(ImageError.shown(entry.config))"
    guard let config = try archive.document(try MemberPath.normal(entry.config), limit: limits.documentBytes)
    else {
      throw ImageError(
        .corruptBundle, "\(title): its configuration \(ImageError.shown(entry.config)) is not in the archive")
    }
    if let claimed = Self.digest(inName: entry.config), claimed != Digest(of: config) {
      throw ImageError(.digestMismatch, "\(title): configuration \(claimed) is in fact \(Digest(of: config))")
    }
    let document = try OCIDocument.decode(ImageConfig.self, config, what: "the configuration of \(title)")
    let diffIDs = document.rootfs.diffIDs ?? []
    var layers: [ImageCollector.LayerSource] = []
    for (index, path) in entry.layers.enumerated() where index < diffIDs.count {
      layers.append(try layer(path, diffID: diffIDs[index], title: title, into: &collector))
    }
    guard layers.count == entry.layers.count else {
      throw ImageError(
        .corruptBundle,
        "\(title) has \(entry.layers.count) layers, its configuration names \(diffIDs.count)")
    }
    if let platform = options.platform, !platform.accepts(document.platform) {
      throw ImageError(
        .badPlatform, "\(title) is for \(ImageError.shown("\(document.platform)")), not \(platform)")
    }
    try collector.add(
      try collector.image(references, config: config, document: document, layers: layers, manifest: nil))
  }

  private func layer(_ path: String, diffID: Digest, title: String, into collector: inout ImageCollector)
    throws(ImageError) -> ImageCollector.LayerSource
  {
    guard let (file, member) = try archive.file(try MemberPath.normal(path)) else {
      guard options.allowMissingLayers else {
        throw ImageError(
          .missingLayer, "\(title): its layer \(ImageError.shown(path)) is not in the archive",
          hint: "the archive is incomplete: make or download it again")
      }
      let compression: Compression =
        path.hasSuffix(".tar.gz") ? .gzip : path.hasSuffix(".tar.zst") ? .zstd : .none
      let digest = compression == .none ? diffID : Self.digest(inName: path) ?? diffID
      return .init(digest: digest, size: 0, compression: compression, mediaType: compression.layerMediaType)
    }
    let compression = try archive.compression(of: member)
    // A plain layer is named by its diff ID. A compressed one has its digest in its name, or must be read for it.
    let digest: Digest
    if compression == .none {
      digest = diffID
    } else if let named = Self.digest(inName: file) {
      digest = named
    } else {
      digest = try archive.digest(of: member)
    }
    collector.add(Blob(digest: digest, size: member.size, offset: member.offset, compression: compression))
    return .init(
      digest: digest, size: member.size, compression: compression, mediaType: compression.layerMediaType)
  }

  /// The digest of the content that a member's name claims: `blobs/sha256/HEX`, `sha256:HEX`, `HEX.json`,
  /// `HEX.tar.gz`. In `HEX/layer.tar` and `HEX.tar` the digits are something else.
  static func digest(inName path: String) -> Digest? {
    var name = path[...]
    if name.hasPrefix("blobs/sha256/") { return Digest(hex: name.dropFirst(13)) }
    if name.hasPrefix("sha256:") { name = name.dropFirst(7) }
    for suffix in [".json", ".tar.gz", ".tgz", ".tar.zst"] where name.hasSuffix(suffix) {
      return Digest(hex: name.dropLast(suffix.count))
    }
    return name.count == path.count ? nil : Digest(hex: name)
  }
}
