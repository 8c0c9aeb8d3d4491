import Documents
import Foundation
import Images

/// A chart as it is uploaded.
struct ChartPackage: Sendable {
  let name: String
  let version: String
  /// The .tgz.
  let bytes: [UInt8]
  /// Of the .tgz: what a repository's index calls the chart's digest.
  let digest: Digest
  /// `Chart.yaml` as JSON with the types that helm has for its fields.
  let metadata: Value

  init(_ chart: ChartFolder) throws(RegistryError) {
    name = chart.name
    version = chart.version
    bytes = try ChartArchive.pack(chart)
    digest = Digest(of: bytes)
    metadata = Self.strings(try chart.document("Chart.yaml")?.value ?? .object([]), key: "")
  }

  var fileName: String { "\(name)-\(version).tgz" }

  /// helm reads every field as text but the flags, also `appVersion: 1.2`, which YAML takes for a number.
  private static func strings(_ value: Value, key: String) -> Value {
    switch value {
    case .object(let members): .object(members.map { Value.Member($0.key, strings($0.value, key: $0.key)) })
    case .array(let items): .array(items.map { strings($0, key: key) })
    case .bool where key == "deprecated" || key == "enabled": value
    case .null: .string("")
    default: .string(value.keyText ?? "")
    }
  }
}
