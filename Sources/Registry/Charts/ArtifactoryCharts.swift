import Foundation
import Images
import NIOHTTP1

/// Charts in a Helm repository of JFrog Artifactory: a file per chart, stored by PUT ("Deploy Artifact").
struct ArtifactoryCharts: ChartRepository {
  let address: String
  private let api: RepositoryAPI
  private let path: String

  init(_ repository: SyncConfig.Repository, transport: HTTPTransport, backoff: Backoff) {
    address = MaskedURL.text(repository.url)
    api = RepositoryAPI(url: repository.url, login: repository.auth, transport: transport, backoff: backoff)
    // helm reads below /api/helm/REPOSITORY, files are stored below /REPOSITORY.
    var path = (URLComponents(string: repository.url)?.percentEncodedPath ?? "").replacing(
      "/api/helm/", with: "/")
    while path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  func state(_ package: ChartPackage) async throws(RegistryError) -> ChartState {
    let reply = try await api.send(.HEAD, file(package))
    if reply.status == 404 { return .absent }
    guard reply.isSuccess else { throw api.refusal("look for \(package.fileName)", reply) }
    let digest = reply.header("X-Checksum-Sha256").flatMap { Digest(hex: $0.lowercased()) }
    return digest == package.digest ? .same : .other(digest)
  }

  func upload(_ package: ChartPackage, replacing: Bool) async throws(RegistryError) {
    // With the checksum Artifactory refuses what was damaged on the way.
    let body = RepositoryAPI.Body(
      bytes: package.bytes, type: "application/gzip", headers: [("X-Checksum-Sha256", package.digest.hex)])
    let reply = try await api.send(.PUT, file(package), body)
    guard reply.isSuccess else { throw api.refusal("upload \(package.fileName)", reply) }
  }

  private func file(_ package: ChartPackage) -> String {
    "\(path)/\(package.fileName.replacing("+", with: "%2B"))"
  }
}
