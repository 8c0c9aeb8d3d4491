/// A packaged chart (`NAME-VERSION.tgz`, Helm, "Charts"), read into memory.
public struct PackedChart: Sendable {
  /// The files by their paths within the chart's folder, such as `templates/deployment.yaml`.
  public let files: [String: [UInt8]]

  /// Bytes of all files: helm itself takes at most 20 MiB.
  static let mostBytes: Int64 = 64 << 20

  /// Reads the file at the path. Blocks on disk reads.
  ///
  /// Throws `bundle-not-found`, `read-failed`, `unsupported-archive`, `truncated-archive`, `corrupt-bundle`,
  /// `unsafe-path`, `too-large`.
  public init(path: String, limits: ArchiveLimits = ArchiveLimits()) throws(ImageError) {
    let file = try FileSource(path: path)
    let what = ImageError.shown(path)
    let archive = try ArchiveScanner(limits: limits).scan(file, offset: 0, size: file.size, what: what)
    var files: [String: [UInt8]] = [:]
    var total: Int64 = 0
    for path in archive.order {
      guard let slash = path.firstIndex(of: "/"), let (_, member) = try archive.file(path) else { continue }
      total += member.size
      guard total <= Self.mostBytes else {
        throw ImageError(.tooLarge, "\(what) is larger than a chart may be")
      }
      files[String(path[path.index(after: slash)...])] = try archive.bytes(
        of: member, path: path, limit: limits.chartFileBytes)
    }
    self.files = files
  }
}
