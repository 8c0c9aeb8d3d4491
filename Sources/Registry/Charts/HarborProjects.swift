import Foundation
import NIOHTTP1

/// Harbor's projects (Harbor API 2.0, `/projects`).
struct HarborProjects: Sendable {
  private let api: RepositoryAPI

  init(_ api: RepositoryAPI) { self.api = api }

  /// Whether the project is there.
  func exists(_ name: String) async throws(RegistryError) -> Bool {
    let reply = try await api.send(.HEAD, "/api/v2.0/projects?project_name=\(name)")
    switch reply.status {
    case 200: return true
    case 404: return false
    default: throw api.refusal("look for the project \(name)", reply)
    }
  }

  /// Makes the project, private, as Harbor does unless it is told otherwise.
  func create(_ name: String) async throws(RegistryError) {
    let body = #"{"project_name":"\#(name)","metadata":{"public":"false"}}"#
    let reply = try await api.send(
      .POST, "/api/v2.0/projects", RepositoryAPI.Body(bytes: Array(body.utf8), type: "application/json"))
    // 409: somebody else was quicker.
    if reply.isSuccess || reply.status == 409 { return }
    guard reply.status != 403 else {
      throw RegistryError(
        .projectMissing,
        "the project \(name) is not there, and the user may not create it: \(reply.complaint)",
        hint: "let an administrator create it")
    }
    throw api.refusal("create the project \(name)", reply)
  }
}
