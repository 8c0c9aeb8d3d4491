import Foundation
import Images

/// A chart on this machine, ready to be sent to where helm runs.
public struct LocalChart: Sendable {
  /// Larger ones are no charts; Helm itself keeps a release in an object of at most 1 MiB, packed.
  static let sizeLimit = 64 << 20

  /// The tar members to send: `chart/…` for a folder, `chart.tgz` for a package.
  public let files: [FileTar.File]
  /// As a path in the folder that the members are unpacked in, for helm.
  public let argument: String
  /// From its `Chart.yaml`; nil for a package, which helm reads.
  public let info: ChartInfo?

  /// The chart in a bundle.
  ///
  /// - Throws: `bad-chart`; what the bundle's reader throws comes as it is.
  public init(bundle path: String) throws {
    var options = ImageArchive.Options()
    options.requireImages = false
    guard let chart = try ImageArchive.open(path: path, options: options).chart else {
      throw HelmError(
        .badChart, "\(path) holds no chart",
        hint: "give the chart with --chart, or its repository with --repo")
    }
    var files: [FileTar.File] = []
    var size: Int64 = 0
    for file in chart.files {
      size += file.size
      guard size <= Self.sizeLimit else { throw Self.tooLarge(path) }
      files.append(FileTar.File("chart/" + file.path, try chart.read(file.path)))
    }
    try self.init(folder: files, what: path)
  }

  /// A chart's folder or `.tgz`.
  ///
  /// - Throws: `bad-chart`.
  public init(path: String) throws(HelmError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw HelmError(
        .badChart, "\(path): no such file or folder", hint: "--chart takes a chart's folder or .tgz")
    }
    if isFolder.boolValue {
      try self.init(folder: try Self.read(folder: path), what: path)
    } else {
      guard let data = FileManager.default.contents(atPath: path), data.count <= Self.sizeLimit else {
        throw HelmError(.badChart, "\(path) cannot be read, or is too large for a chart")
      }
      try self.init(package: Array(data), what: path)
    }
  }

  /// A packed chart, as `helm pull` brings it.
  ///
  /// - Throws: `bad-chart`.
  public init(package bytes: [UInt8], what: String) throws(HelmError) {
    // RFC 1952, section 2.3.1.
    guard bytes.starts(with: [0x1f, 0x8b]) else {
      throw HelmError(.badChart, "\(what) is no packed chart", hint: "--chart takes a chart's folder or .tgz")
    }
    files = [FileTar.File("chart.tgz", bytes)]
    argument = "./chart.tgz"
    info = nil
  }

  private init(folder files: [FileTar.File], what: String) throws(HelmError) {
    guard let yaml = files.first(where: { $0.path == "chart/Chart.yaml" }) else { throw Self.noChart(what) }
    info = try ChartInfo(yaml: String(decoding: yaml.bytes, as: UTF8.self), from: what + ": Chart.yaml")
    self.files = files
    argument = "./chart"
  }

  private static func read(folder path: String) throws(HelmError) -> [FileTar.File] {
    // Looked for first: a folder that is no chart may hold anything.
    guard FileManager.default.fileExists(atPath: path + "/Chart.yaml") else { throw noChart(path) }
    guard let names = FileManager.default.enumerator(atPath: path) else {
      throw HelmError(.badChart, "\(path) cannot be read")
    }
    var files: [FileTar.File] = []
    var size = 0
    for case let name as String in names {
      let file = path + "/" + name
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else {
        continue
      }
      guard let data = FileManager.default.contents(atPath: file) else {
        throw HelmError(.badChart, "\(file) cannot be read", hint: "check its permissions")
      }
      size += data.count
      guard size <= sizeLimit else { throw tooLarge(path) }
      files.append(FileTar.File("chart/" + name, Array(data)))
    }
    return files.sorted { $0.path < $1.path }
  }

  private static func noChart(_ what: String) -> HelmError {
    HelmError(.badChart, "\(what) has no Chart.yaml", hint: "--chart takes a chart's folder or .tgz")
  }

  private static func tooLarge(_ path: String) -> HelmError {
    HelmError(.badChart, "\(path): the chart is larger than \(sizeLimit >> 20) MiB")
  }
}
