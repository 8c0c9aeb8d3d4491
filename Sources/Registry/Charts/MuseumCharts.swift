import Foundation
import Images
import NIOHTTP1

/// Charts in ChartMuseum (`/api/charts`), or in a Harbor project's repository (`/api/chartrepo/PROJECT/charts`), which
/// is ChartMuseum behind Harbor's own interface.
struct MuseumCharts: ChartRepository {
  let address: String
  private let api: RepositoryAPI
  private let path: String
  /// Harbor's project; nil for ChartMuseum itself.
  let project: String?

  /// - Parameter url: `http://H/chartrepo/PROJECT` for Harbor; for ChartMuseum its address, perhaps with a path below
  ///   which it serves several repositories.
  init(_ repository: SyncConfig.Repository, transport: HTTPTransport, backoff: Backoff) throws(RegistryError)
  {
    address = MaskedURL.text(repository.url)
    api = RepositoryAPI(url: repository.url, login: repository.auth, transport: transport, backoff: backoff)
    let folders = (URLComponents(string: repository.url)?.percentEncodedPath ?? "").split(separator: "/").map(
      String.init)
    if repository.kind == .harbor {
      guard let index = folders.firstIndex(of: "chartrepo"), folders.count == index + 2 else {
        throw RegistryError(
          .configValue, "not the address of a Harbor chart repository: \(address)",
          hint: "write it as http://HOST/chartrepo/PROJECT")
      }
      project = folders[index + 1]
      path = "/api/chartrepo/\(folders[index + 1])/charts"
    } else {
      project = nil
      path = "/api" + folders.map { "/" + $0 }.joined() + "/charts"
    }
  }

  private struct Version: Decodable {
    struct Metadata: Decodable { var digest: String? }
    var digest: String?
    /// Harbor wraps what ChartMuseum says.
    var metadata: Metadata?
  }

  func state(_ package: ChartPackage) async throws(RegistryError) -> ChartState {
    let reply = try await api.send(.GET, "\(path)/\(package.name)/\(package.escapedVersion)", limit: 16 << 20)
    if reply.status == 404 { return .absent }
    guard reply.isSuccess else { throw api.refusal("look for \(package.name) \(package.version)", reply) }
    let version = try? JSONDecoder().decode(Version.self, from: Data(reply.body))
    let digest = (version?.digest ?? version?.metadata?.digest).flatMap {
      Digest(hex: $0.replacing("sha256:", with: ""))
    }
    return digest == package.digest ? .same : .other(digest)
  }

  func upload(_ package: ChartPackage, replacing: Bool) async throws(RegistryError) {
    let form = RepositoryAPI.Body.form(field: "chart", file: package.fileName, package.bytes)
    let reply = try await api.send(.POST, path + (replacing && project == nil ? "?force" : ""), form)
    if reply.isSuccess { return }
    guard reply.status == 409 else { throw api.refusal("upload \(package.fileName)", reply) }
    guard replacing else {
      throw RegistryError(
        .chartConflict, "\(address) has \(package.name) \(package.version) already: \(reply.complaint)",
        hint: "--overwrite replaces it")
    }
    // A server that never overwrites lets go of the old one first.
    let gone = try await api.send(.DELETE, "\(path)/\(package.name)/\(package.escapedVersion)")
    guard gone.isSuccess else { throw api.refusal("replace \(package.fileName)", gone) }
    let again = try await api.send(.POST, path, form)
    guard again.isSuccess else { throw api.refusal("upload \(package.fileName)", again) }
  }
}

extension ChartPackage {
  /// The version as part of a path: a plus sign would be read as a space.
  var escapedVersion: String { version.replacing("+", with: "%2B") }
}
