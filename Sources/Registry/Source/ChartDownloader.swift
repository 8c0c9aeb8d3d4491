import Documents
import Foundation
import Images
import NIOHTTP1

/// Fetches charts from a repository of any kind that `source.repo` knows.
struct ChartDownloader: Sendable {
  let repository: SyncConfig.Repository
  let targets: SyncTargets

  /// The packages that a name has there: version and, for those in an index, address and digest; the newest first, as the
  /// index has them.
  struct Entry: Sendable {
    let version: String
    var url = ""
    var digest: String?
  }

  private static let mostBytes = 64 << 20

  /// Fetches a chart's package into a file.
  ///
  /// - Parameter version: nil for the first in the repository's index.
  /// - Throws: `chart-not-found`.
  func fetch(_ name: String, _ version: String?, to path: String) async throws(RegistryError) {
    let bytes: [UInt8]
    if repository.kind == .oci {
      bytes = try await fetchOCI(name, version)
    } else {
      let entry = try await entry(name, version)
      bytes = try await fetch(entry, name)
      if let digest = entry.digest, Digest(hex: digest) != Digest(of: bytes) {
        throw RegistryError(
          .digestMismatch, "\(name) \(entry.version) is not what the repository's index says")
      }
    }
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw RegistryError(.writeFailed, "\(MessageText.shown(path)) cannot be written")
    }
  }

  // MARK: An index

  private var api: RepositoryAPI {
    RepositoryAPI(
      url: repository.url, login: repository.auth, transport: targets.connector.transport,
      backoff: targets.backoff)
  }

  private var path: String {
    var path = URLComponents(string: repository.url)?.percentEncodedPath ?? ""
    while path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private func entry(_ name: String, _ version: String?) async throws(RegistryError) -> Entry {
    let entries = try await index()[name]?.items ?? []
    for entry in entries {
      guard let found = entry.text("version"), version == nil || found == version else { continue }
      return Entry(
        version: found, url: entry["urls"]?.items.first?.scalarText ?? "", digest: entry.text("digest"))
    }
    throw RegistryError(
      .chartNotFound,
      "the source has no chart \(([name] + [version].compactMap { $0 }).joined(separator: " "))",
      hint: "look at charts in \(MessageText.shown(targets.config.file))")
  }

  private func index() async throws(RegistryError) -> YAMLNode {
    let text: String
    if repository.kind == .local {
      do throws(DocumentError) {
        text = try SourceFile(reading: repository.path + "/index.yaml").text
      } catch {
        throw RegistryError(.chartNotFound, "\(MessageText.shown(error.file)): \(error.message)")
      }
    } else {
      let reply = try await api.send(.GET, path + "/index.yaml", limit: Self.mostBytes)
      guard reply.isSuccess else { throw api.refusal("fetch index.yaml", reply) }
      text = String(decoding: reply.body, as: UTF8.self)
    }
    do throws(DocumentError) {
      guard let entries = try YAMLReader.read(SourceFile(path: "index.yaml", text: text))?["entries"] else {
        throw DocumentError(.syntax, "it has no entries", file: "index.yaml")
      }
      return entries
    } catch {
      throw RegistryError(.refused, "the source's index.yaml cannot be read: \(error.message)")
    }
  }

  private func fetch(_ entry: Entry, _ name: String) async throws(RegistryError) -> [UInt8] {
    let url = entry.url.isEmpty ? "\(name)-\(entry.version).tgz" : entry.url
    if repository.kind == .local {
      // Nothing outside the folder.
      let file = repository.path + "/" + (url.split(separator: "/").last ?? "")
      guard let data = FileManager.default.contents(atPath: file) else {
        throw RegistryError(
          .chartNotFound, "\(MessageText.shown(file)) is in the index and not in the folder")
      }
      return Array(data)
    }
    guard !url.contains("://") || url.hasPrefix(api.base + "/") else {
      throw RegistryError(
        .refused, "the source's index points elsewhere: \(MaskedURL.text(url))",
        hint: "fetch that chart by hand and use a LOCAL source")
    }
    let file =
      url.contains("://")
      ? String(url.dropFirst(api.base.count)) : url.hasPrefix("/") ? url : path + "/" + url
    let reply = try await api.send(.GET, file, limit: Self.mostBytes)
    guard reply.isSuccess else { throw api.refusal("fetch \(MaskedURL.text(file))", reply) }
    return reply.body
  }

  // MARK: OCI

  private func fetchOCI(_ name: String, _ version: String?) async throws(RegistryError) -> [UInt8] {
    guard let version else {
      throw RegistryError(
        .configValue, "charts.versions is needed for \(MessageText.shown(name)): an OCI source has no index")
    }
    let (client, folder) = try await targets.oci(repository)
    let path = folder.isEmpty ? name : folder + "/" + name
    guard let manifest = try await client.manifest(path, version.replacing("+", with: "_")),
      let layer = OCICharts.chartLayer(manifest.bytes)
    else {
      throw RegistryError(.chartNotFound, "\(client.endpoint) has no chart \(path) \(version)")
    }
    return try await client.blob(path, layer, limit: Self.mostBytes)
  }
}
