/// Reads OCI image layouts (OCI Image Layout Specification), also those that `docker save` makes since 25.
struct OCILayoutReader {
  let archive: ScannedArchive
  let options: ImageArchive.Options
  private var limits: ArchiveLimits { options.limits }

  init(archive: ScannedArchive, options: ImageArchive.Options) {
    self.archive = archive
    self.options = options
  }

  func read() throws(ImageError) -> ImageCollector {
    var collector = ImageCollector(limits: limits)
    guard let bytes = try archive.document("index.json", limit: limits.listBytes) else { return collector }
    let index = try OCIDocument.decode(OCIIndex.self, bytes, what: "index.json")
    guard index.manifests.count <= limits.images else {
      throw ImageError(.tooLarge, "the archive has more than \(limits.images) images")
    }
    let extraNames = try namesByConfig()
    for group in try groups(index.manifests) {
      let manifest = try PlatformChooser(reader: self).choose(group.descriptors, title: group.title)
      try read(manifest, names: group.names, extraNames, into: &collector)
    }
    return collector
  }

  /// Descriptors that are one image, in several platforms perhaps, with the names that they give it.
  private struct Group {
    var names: [ImageReference]
    var descriptors: [OCIDescriptor]

    var title: String { names.first?.description ?? "image \(descriptors[0].digest.short)" }
  }

  private func groups(_ descriptors: [OCIDescriptor]) throws(ImageError) -> [Group] {
    var groups: [Group] = []
    var byName: [ImageReference: Int] = [:]
    for descriptor in descriptors where !descriptor.isAttestation {
      let name = try Self.name(of: descriptor)
      if let name, let position = byName[name] {
        groups[position].descriptors.append(descriptor)
        continue
      }
      if let name { byName[name] = groups.count }
      groups.append(Group(names: name.map { [$0] } ?? [], descriptors: [descriptor]))
    }
    return merged(groups)
  }

  /// Descriptors without a name are one image where they differ in their platforms only.
  private func merged(_ groups: [Group]) -> [Group] {
    let unnamed = groups.filter { $0.names.isEmpty }.flatMap(\.descriptors)
    let platforms = unnamed.compactMap { $0.platform?.platform }
    guard unnamed.count > 1, Set(platforms).count == unnamed.count else { return groups }
    return groups.filter { !$0.names.isEmpty } + [Group(names: [], descriptors: unnamed)]
  }

  /// The name in a descriptor's annotations: containerd's own, or the specification's where it is a full name
  /// (skopeo and podman write one there; others only a tag, which names nothing).
  private static func name(of descriptor: OCIDescriptor) throws(ImageError) -> ImageReference? {
    if let name = descriptor.annotations?["io.containerd.image.name"], !name.isEmpty {
      return try ImageReference(name).orLatest
    }
    guard let name = descriptor.annotations?["org.opencontainers.image.ref.name"],
      name.contains(where: ":/@".contains)
    else { return nil }
    return try ImageReference(name).orLatest
  }

  /// The names in the `manifest.json` that docker puts beside the layout, by image ID.
  private func namesByConfig() throws(ImageError) -> [Digest: [ImageReference]] {
    var names: [Digest: [ImageReference]] = [:]
    for entry in try DockerArchiveReader.entries(of: archive, limits: limits) ?? [] {
      guard let imageID = DockerArchiveReader.digest(inName: entry.config) else { continue }
      names[imageID, default: []] += try DockerArchiveReader.references(of: entry)
    }
    return names
  }

  private func read(
    _ descriptor: OCIDescriptor, names: [ImageReference], _ extraNames: [Digest: [ImageReference]],
    into collector: inout ImageCollector
  ) throws(ImageError) {
    let (bytes, manifest) = try self.manifest(descriptor)
    let (config, document) = try self.config(manifest)
    var references = names
    references += extraNames[manifest.config.digest] ?? []
    let title = references.first?.description ?? "image \(manifest.config.digest.short)"
    if let platform = options.platform, !platform.accepts(document.platform) {
      throw ImageError(
        .badPlatform, "\(title) is for \(ImageError.shown("\(document.platform)")), not \(platform)")
    }
    var layers: [ImageCollector.LayerSource] = []
    for layer in manifest.layers { layers.append(try self.layer(layer, title: title, into: &collector)) }
    let mediaType = manifest.mediaType ?? descriptor.mediaType ?? MediaType.ociManifest
    try collector.add(
      try collector.image(
        references, config: config, document: document, layers: layers,
        manifest: ImageManifest(bytes: bytes, mediaType: mediaType, isOriginal: true)))
  }

  /// The manifest that a descriptor points to.
  func manifest(_ descriptor: OCIDescriptor) throws(ImageError) -> (bytes: [UInt8], document: OCIManifest) {
    let bytes = try document(descriptor, "manifest")
    let manifest = try OCIDocument.decode(OCIManifest.self, bytes, what: "manifest \(descriptor.digest)")
    let type = manifest.config.mediaType ?? MediaType.ociConfig
    guard type == MediaType.ociConfig || type == MediaType.dockerConfig else {
      throw ImageError(
        .unsupportedArchive, "\(descriptor.digest) is no container image but \(ImageError.shown(type))")
    }
    return (bytes, manifest)
  }

  /// The configuration that a manifest points to.
  func config(_ manifest: OCIManifest) throws(ImageError) -> (bytes: [UInt8], document: ImageConfig) {
    let bytes = try document(manifest.config, "configuration")
    let what = "configuration \(manifest.config.digest)"
    return (bytes, try OCIDocument.decode(ImageConfig.self, bytes, what: what))
  }

  /// The index that a descriptor points to.
  func index(_ descriptor: OCIDescriptor) throws(ImageError) -> OCIIndex {
    let bytes = try document(descriptor, "index")
    return try OCIDocument.decode(OCIIndex.self, bytes, what: "index \(descriptor.digest)")
  }

  /// Documents are small and everything follows from them, so their digests are always checked.
  private func document(_ descriptor: OCIDescriptor, _ kind: String) throws(ImageError) -> [UInt8] {
    let path = "blobs/sha256/" + descriptor.digest.hex
    guard let bytes = try archive.document(path, limit: limits.documentBytes) else {
      throw ImageError(.corruptBundle, "\(archive.what): \(kind) \(descriptor.digest) is not there")
    }
    guard Digest(of: bytes) == descriptor.digest else {
      throw ImageError(
        .digestMismatch, "\(archive.what): \(kind) \(descriptor.digest) is in fact \(Digest(of: bytes))")
    }
    return bytes
  }

  private func layer(_ descriptor: OCIDescriptor, title: String, into collector: inout ImageCollector)
    throws(ImageError) -> ImageCollector.LayerSource
  {
    let type = descriptor.mediaType ?? ""
    guard descriptor.urls?.isEmpty ?? true, !type.contains("foreign"), !type.contains("nondistributable")
    else {
      throw ImageError(
        .unsupportedArchive, "\(title): layer \(descriptor.digest) is a foreign one, kept outside the archive"
      )
    }
    guard let (_, member) = try archive.file("blobs/sha256/" + descriptor.digest.hex) else {
      guard options.allowMissingLayers else {
        throw ImageError(
          .missingLayer, "\(title): its layer \(descriptor.digest) is not in the archive",
          hint: "the archive is incomplete: make or download it again")
      }
      let compression: Compression = type.hasSuffix("gzip") ? .gzip : type.hasSuffix("zstd") ? .zstd : .none
      return .init(
        digest: descriptor.digest, size: descriptor.size, compression: compression, mediaType: type)
    }
    guard member.size == descriptor.size else {
      throw ImageError(
        .corruptBundle,
        "\(title): layer \(descriptor.digest) has \(member.size) bytes, its manifest says \(descriptor.size)")
    }
    let compression = try archive.compression(of: member)
    let blob = Blob(
      digest: descriptor.digest, size: member.size, offset: member.offset, compression: compression)
    collector.add(blob)
    return .init(
      digest: blob.digest, size: blob.size, compression: compression,
      mediaType: type.isEmpty ? compression.layerMediaType : type)
  }
}

extension OCIDescriptor {
  /// Whether it points to a statement about another image and not to an image (BuildKit, "Attestation storage").
  var isAttestation: Bool {
    annotations?["vnd.docker.reference.type"] != nil
      || (platform?.os == "unknown" && platform?.architecture == "unknown")
  }
}
