#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds, in whatever the user named, the bundle with its chart and the archive with the images.
struct BundleLocator {
  /// What was found; at least one of the two is there.
  struct Found {
    /// The archive or folder with `hints.yaml` and the chart; nil for a bare image archive.
    var bundle: ScannedArchive?
    /// The archive or folder with the images' list; nil for a bundle without images.
    var images: ScannedArchive?
    /// Where the images should have been, in case there are none.
    var isWhole: Bool
  }

  let scanner: ArchiveScanner

  func locate(_ path: String) throws(ImageError) -> Found {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileSource.failure("open", path) }
    if status.st_mode & S_IFMT == S_IFDIR {
      return try locate(in: try FolderScanner(scanner: scanner).scan(path), depth: 0)
    }
    let file = try FileSource(path: path)
    return try locate(
      in: try scanner.scan(file, offset: 0, size: file.size, what: ImageError.shown(path)), depth: 0)
  }

  private func locate(in archive: ScannedArchive, depth: Int) throws(ImageError) -> Found {
    guard depth <= scanner.limits.nesting else {
      throw ImageError(.tooLarge, "\(archive.what) is nested too deeply")
    }
    let members = archive.members
    if members["manifest.json"] != nil || (members["oci-layout"] != nil && members["index.json"] != nil) {
      return Found(bundle: nil, images: archive, isWhole: archive.isWhole)
    }
    let paths = archive.order + members.filter { $0.value.link != nil }.keys.sorted()
    if let images = try one(of: paths.filter(NestedArchive.isImages), in: archive) {
      let nested = try open(images, in: archive)
      let found = try locate(in: nested, depth: depth + 1)
      return Found(bundle: archive, images: found.images, isWhole: found.isWhole)
    }
    if members[HintsFile.path] != nil || members[ChartFiles.folder + "Chart.yaml"] != nil {
      return Found(bundle: archive, images: nil, isWhole: archive.isWhole)
    }
    let bundles = paths.filter(NestedArchive.isBundle)
    let candidates = bundles.isEmpty ? paths.filter { NestedArchive(path: $0) == .possible } : bundles
    if let nested = try one(of: candidates, in: archive) {
      return try locate(in: try open(nested, in: archive), depth: depth + 1)
    }
    if !archive.isWhole {
      throw ImageError(
        .truncatedArchive, "\(archive.what) is cut off: it holds no images and has no end",
        hint: "copy or download it again and compare the checksum")
    }
    throw ImageError(
      .unsupportedArchive, "\(archive.what) is neither a bundle nor an archive of images",
      hint: "it should hold images.tar, manifest.json or oci-layout")
  }

  private func one(of paths: [String], in archive: ScannedArchive) throws(ImageError) -> String? {
    guard paths.count <= 1 else {
      throw ImageError(
        .unsupportedArchive,
        "\(archive.what) holds more than one archive: \(ImageError.shown(paths[0])) and \(ImageError.shown(paths[1]))",
        hint: "load them one by one")
    }
    return paths.first
  }

  private func open(_ path: String, in archive: ScannedArchive) throws(ImageError) -> ScannedArchive {
    guard let (path, member) = try archive.file(path) else {
      throw ImageError(.corruptBundle, "\(archive.what): \(ImageError.shown(path)) leads nowhere")
    }
    guard archive.source.isSequential else {
      return try scanner.scan(
        archive.source, offset: member.offset, size: member.size, what: ImageError.shown(path))
    }
    guard let nested = archive.nested[path] else {
      throw ImageError(.tooLarge, "\(archive.what) is nested too deeply")
    }
    return try nested.get()
  }
}
