/// The chart in a bundle (`original-chart/`), readable in place.
public struct ChartFiles: Sendable {
  /// One file of the chart.
  public struct File: Sendable, Equatable {
    /// Relative to the chart's folder, such as `templates/deployment.yaml`.
    public let path: String
    /// Bytes.
    public let size: Int64
  }

  static let folder = "original-chart/"
  private let archive: ScannedArchive
  private let limit: Int64
  /// The files in the order of their paths.
  public let files: [File]
  /// The chart's name, from its `Chart.yaml`.
  public let name: String?
  /// The chart's version, from its `Chart.yaml`.
  public let version: String?

  /// nil where the bundle has no chart.
  init?(in archive: ScannedArchive, limits: ArchiveLimits) throws(ImageError) {
    var files: [File] = []
    for path in archive.members.keys where path.hasPrefix(Self.folder) {
      guard let (_, member) = try archive.file(path) else { continue }
      files.append(File(path: String(path.dropFirst(Self.folder.count)), size: member.size))
    }
    guard !files.isEmpty else { return nil }
    self.archive = archive
    self.files = files.sorted { $0.path < $1.path }
    limit = limits.chartFileBytes
    let yaml = try archive.document(Self.folder + "Chart.yaml", limit: limits.documentBytes)
    name = yaml.flatMap { Self.value(of: "name", in: $0) }
    version = yaml.flatMap { Self.value(of: "version", in: $0) }
  }

  /// The content of a file of the chart, links within the bundle followed.
  ///
  /// Throws `file-not-found`, `too-large` (past 16 MiB) and what reading the archive throws.
  public func read(_ path: String) throws(ImageError) -> [UInt8] {
    let normal = try MemberPath.normal(Self.folder + path)
    guard normal.hasPrefix(Self.folder), let bytes = try archive.document(normal, limit: limit) else {
      throw ImageError(.fileNotFound, "the bundle's chart has no file \(ImageError.shown(path))")
    }
    return bytes
  }

  /// A scalar at the top level of `Chart.yaml`, which is all that is needed of it here.
  private static func value(of key: String, in yaml: [UInt8]) -> String? {
    for line in String(decoding: yaml, as: UTF8.self).split(whereSeparator: \.isNewline) {
      guard line.hasPrefix(key + ":") else { continue }
      var value = line.dropFirst(key.count + 1).drop { $0 == " " }
      while value.last?.isWhitespace == true { value.removeLast() }
      return HintsFile.scalar(value)
    }
    return nil
  }
}
