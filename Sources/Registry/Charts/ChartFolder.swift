import Documents
import Fleet
import Images

/// A chart's files in memory, with what its `Chart.yaml` says.
struct ChartFolder: Sendable {
  let name: String
  let version: String
  let appVersion: String?
  /// By path, relative to the chart.
  private(set) var files: [String: [UInt8]]

  /// More than any chart is: helm itself takes at most 20 MiB.
  static let limit: Int64 = 64 << 20

  /// Reads a bundle's chart. Throws `bad-chart`, and what reading throws.
  init(_ chart: ChartFiles) throws(RegistryError) {
    guard chart.files.reduce(0, { $0 + $1.size }) <= Self.limit else {
      throw RegistryError(.badChart, "the chart is larger than \(Self.limit >> 20) MiB")
    }
    var files: [String: [UInt8]] = [:]
    for file in chart.files {
      do throws(ImageError) {
        files[file.path] = try chart.read(file.path)
      } catch {
        throw RegistryError(error)
      }
    }
    try self.init(files: files)
  }

  /// Throws `bad-chart` where there is no `Chart.yaml` with a name and a version fit for a file's name.
  init(files: [String: [UInt8]]) throws(RegistryError) {
    self.files = files
    guard let bytes = files["Chart.yaml"] else {
      throw RegistryError(.badChart, "the chart has no Chart.yaml")
    }
    let root = try Self.parse(bytes, "Chart.yaml")
    guard let name = root?.text("name"), let version = root?.text("version"), Self.isPlain(name),
      Self.isPlain(version)
    else { throw RegistryError(.badChart, "Chart.yaml has no name and version that can name a file") }
    self.name = name
    self.version = version
    appVersion = root?.text("appVersion")
  }

  static func isPlain(_ text: String) -> Bool {
    guard let first = text.first, first != ".", first != "-" else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-+".contains($0)) }
  }

  /// The document of a file of the chart; nil where there is no such file, or it is empty.
  func document(_ path: String) throws(RegistryError) -> YAMLNode? {
    guard let bytes = files[path] else { return nil }
    return try Self.parse(bytes, path)
  }

  func text(_ path: String) throws(RegistryError) -> String? {
    guard let bytes = files[path] else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RegistryError(.badChart, "the chart's \(MessageText.shown(path)) is not UTF-8")
    }
    return text
  }

  mutating func write(_ path: String, _ text: String) { files[path] = Array(text.utf8) }
  mutating func remove(_ path: String) { files[path] = nil }

  private static func parse(_ bytes: [UInt8], _ path: String) throws(RegistryError) -> YAMLNode? {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RegistryError(.badChart, "the chart's \(MessageText.shown(path)) is not UTF-8")
    }
    do throws(DocumentError) {
      return try YAMLReader.read(SourceFile(path: "the chart's " + path, text: text))
    } catch {
      let place = error.line.map { ":\($0)" } ?? ""
      throw RegistryError(
        .badChart, "\(MessageText.shown(error.file))\(place): \(error.message)", hint: error.hint)
    }
  }
}

extension YAMLNode {
  /// The value under a key of a mapping.
  subscript(key: String) -> YAMLNode? { mapping?.first { $0.name == key }?.value }

  /// The scalar under a key, as text.
  func text(_ key: String) -> String? { self[key]?.scalarText }

  /// A scalar as text; nil for lists and mappings.
  var scalarText: String? {
    guard case .scalar(let value) = content else { return nil }
    return value == .null ? "" : value.keyText
  }

  /// What lies under dotted keys.
  func at(_ path: some Collection<String>) -> YAMLNode? {
    var node: YAMLNode? = self
    for key in path { node = node?[key] }
    return node
  }

  /// The items of a list.
  var items: [YAMLNode] {
    guard case .sequence(let items) = content else { return [] }
    return items
  }
}
