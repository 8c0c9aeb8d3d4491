#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Lists an unpacked bundle, image archive or OCI layout.
struct FolderScanner {
  let scanner: ArchiveScanner

  /// Throws `unsupported-archive` where the folder is none of these, so that a wrong path walks no disk.
  func scan(_ path: String) throws(ImageError) -> ScannedArchive {
    let what = ImageError.shown(path)
    let top = try names(in: path)
    let known = ["manifest.json", "oci-layout", "hints.yaml", "original-chart"]
    guard top.contains(where: { known.contains($0) || NestedArchive(path: $0) == .certain }) else {
      throw ImageError(
        .unsupportedArchive, "the folder \(what) is neither a bundle nor an OCI layout",
        hint: "name the .tar file, or the folder that holds oci-layout or images.tar")
    }
    var files: [FolderSource.File] = []
    var links: [(path: String, target: String)] = []
    var end: Int64 = 0
    var pending = [""]
    while let folder = pending.popLast() {
      guard folder.split(separator: "/").count <= 64 else {
        throw ImageError(.tooLarge, "the folder \(what) is nested too deeply")
      }
      for name in try names(in: folder.isEmpty ? path : path + "/" + folder) {
        try scanner.count(in: what)
        let relative = try MemberPath.normal(folder.isEmpty ? name : folder + "/" + name)
        var status = stat()
        guard lstat(path + "/" + relative, &status) == 0 else { throw FileSource.failure("read", relative) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: pending.append(relative)
        case S_IFREG:
          files.append(.init(path: relative, offset: end, size: Int64(status.st_size)))
          let (sum, overflow) = end.addingReportingOverflow(Int64(status.st_size))
          end = sum
          guard !overflow, end < Int64.max / 4 else {
            throw ImageError(.tooLarge, "\(what) has a file of absurd size: \(ImageError.shown(relative))")
          }
        case S_IFLNK:
          let target = try destination(of: path + "/" + relative)
          links.append((relative, try MemberPath.target(ofLink: relative, to: target)))
        default:
          throw ImageError(
            .unsupportedArchive, "\(what) holds a device, pipe or socket: \(ImageError.shown(relative))")
        }
      }
    }
    var archive = ScannedArchive(what: what, source: try FolderSource(path: path, files: files))
    for file in files {
      _ = archive.add(ArchiveMember(offset: file.offset, size: file.size), at: file.path)
    }
    for link in links {
      _ = archive.add(ArchiveMember(offset: 0, size: 0, link: link.target), at: link.path)
    }
    return archive
  }

  /// The names in a folder, sorted so that the same folder always gives the same order.
  private func names(in path: String) throws(ImageError) -> [String] {
    guard let folder = opendir(path) else { throw FileSource.failure("open", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(validatingCString: $0)
        }
      }
      guard let name else {
        throw ImageError(.unsafePath, "\(ImageError.shown(path)) has a name that is not UTF-8")
      }
      if name != ".", name != ".." { names.append(name) }
      guard names.count <= scanner.limits.members else {
        throw ImageError(
          .tooLarge, "\(ImageError.shown(path)) has more than \(scanner.limits.members) members")
      }
    }
    return names.sorted()
  }

  private func destination(of link: String) throws(ImageError) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink(link, $0, bytes.count) } ?? -1
    }
    guard count >= 0 else { throw FileSource.failure("read", link) }
    guard let target = String(validating: buffer.prefix(count), as: UTF8.self) else {
      throw ImageError(.unsafePath, "\(ImageError.shown(link)) links to a name that is not UTF-8")
    }
    return target
  }
}
