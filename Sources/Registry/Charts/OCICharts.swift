import Documents
import Foundation
import Images

/// Charts in an OCI registry, as `helm push` stores them (Helm, "Use OCI-based registries"; HIP-6).
struct OCICharts: ChartRepository {
  let address: String
  private let client: RegistryClient
  private let folder: String

  static let configType = "application/vnd.cncf.helm.config.v1+json"
  static let contentType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

  /// - Parameter folder: the path that charts lie below; empty for none.
  init(client: RegistryClient, folder: String) {
    self.client = client
    self.folder = folder
    address = "oci://\(client.endpoint.host)" + (folder.isEmpty ? "" : "/" + folder)
  }

  private func repository(_ package: ChartPackage) -> String {
    folder.isEmpty ? package.name : folder + "/" + package.name
  }

  /// A tag has no plus sign; helm writes an underscore.
  private func tag(_ package: ChartPackage) -> String { package.version.replacing("+", with: "_") }

  func state(_ package: ChartPackage) async throws(RegistryError) -> ChartState {
    let name = repository(package)
    guard let digest = try await client.manifestDigest(name, tag(package)) else { return .absent }
    let own = try manifest(package)
    if digest == Digest(of: own.bytes) { return .same }
    // helm writes the time into its manifests: what counts is the chart behind it.
    if let other = try await client.manifest(name, tag(package)),
      let document = try? JSONDecoder().decode(Manifest.self, from: Data(other.bytes)),
      document.layers.contains(where: { $0.digest == package.digest.description })
    {
      return .same
    }
    return .other(digest)
  }

  func upload(_ package: ChartPackage, replacing: Bool) async throws(RegistryError) {
    let name = repository(package)
    let manifest = try manifest(package)
    for bytes in [package.bytes, manifest.config] {
      let content = UploadContent(bytes)
      if try await client.hasBlob(name, content.digest) { continue }
      try await client.upload(content, to: name) { _ in }
    }
    try await client.putManifest(
      name, tag: tag(package), bytes: manifest.bytes, mediaType: "application/vnd.oci.image.manifest.v1+json")
  }

  /// The layer of a manifest that is the chart's package.
  static func chartLayer(_ manifest: [UInt8]) -> Digest? {
    guard let document = try? JSONDecoder().decode(Manifest.self, from: Data(manifest)),
      let layer = document.layers.first(where: { $0.mediaType == contentType })
    else { return nil }
    return try? Digest(layer.digest)
  }

  private struct Descriptor: Codable {
    var mediaType: String
    var digest: String
    var size: Int
  }

  private struct Manifest: Codable {
    var schemaVersion = 2
    var mediaType: String? = "application/vnd.oci.image.manifest.v1+json"
    var config: Descriptor
    var layers: [Descriptor]
    var annotations: [String: String]?
  }

  private func manifest(_ package: ChartPackage) throws(RegistryError) -> (bytes: [UInt8], config: [UInt8]) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      let config = Array(try encoder.encode(package.metadata))
      let manifest = Manifest(
        config: Descriptor(mediaType: Self.configType, digest: "\(Digest(of: config))", size: config.count),
        layers: [
          Descriptor(mediaType: Self.contentType, digest: "\(package.digest)", size: package.bytes.count)
        ],
        annotations: [
          "org.opencontainers.image.title": package.name, "org.opencontainers.image.version": package.version,
        ])
      return (Array(try encoder.encode(manifest)), config)
    } catch {
      throw RegistryError(.badChart, "Chart.yaml cannot be written as JSON")
    }
  }
}
