import Foundation
import Inventory
import Testing

@testable import Registry

/// Docker's `config.json` in the forms that clients have written, and a credential helper.
@Suite struct DockerConfigTests {
  private func config(_ text: String, path: String? = nil) throws -> DockerConfig {
    let file = FileManager.default.temporaryDirectory.appending(path: "gantry-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return try #require(try DockerConfig(path: file, environment: [:]))
  }

  static let rows: [(String, String, String?)] = [
    (#"{"auths":{"10.0.0.1:5000":{"auth":"YTpiOmM="}}}"#, "10.0.0.1:5000", "Basic YTpiOmM="),
    (#"{"auths":{"https://10.0.0.1/v2/":{"auth":"YTpi"}}}"#, "10.0.0.1", "Basic YTpi"),
    (#"{"auths":{"https://index.docker.io/v1/":{"auth":"YTpi"}}}"#, "docker.io", "Basic YTpi"),
    (#"{"auths":{"h":{"username":"a","password":"b"}}}"#, "h", "Basic YTpi"),
    (#"{"auths":{"h":{}}}"#, "h", nil), (#"{"auths":{"other":{"auth":"YTpi"}}}"#, "h", nil), ("{}", "h", nil),
  ]

  @Test(arguments: rows) func reads(text: String, host: String, header: String?) async throws {
    #expect(try await config(text).login(for: host)?.basicHeader?.revealed == header)
  }

  @Test func anIdentityTokenIsNoPassword() async throws {
    let login = try await config(#"{"auths":{"h":{"auth":"YTpi","identitytoken":"t"}}}"#).login(for: "h")
    #expect(login?.basicHeader == nil)
    #expect(login?.kind == .identity(token: Secret("t")))
  }

  @Test(arguments: [#"{"auths":{"h":{"auth":"%%%"}}}"#, #"{"auths":{"h":{"auth":"YWI="}}}"#])
  func whatCannotBeReadIsAnError(text: String) async throws {
    let config = try config(text)
    let error = await #expect(throws: RegistryError.self) { try await config.login(for: "h") }
    #expect(error?.code == .credentials)
  }

  @Test func noJSONIsAnErrorAndNoFileIsNone() throws {
    #expect(throws: RegistryError.self) { try config("{") }
    #expect(try DockerConfig(path: "/nowhere/config.json", environment: [:]) == nil)
  }

  @Test func aMissingHelperIsAnErrorThatNamesIt() async throws {
    let config = try config(#"{"credHelpers":{"h":"gantry-test-none"}}"#)
    let error = await #expect(throws: RegistryError.self) { try await config.login(for: "h") }
    #expect(error?.code == .credentials)
    #expect(error?.message.contains("docker-credential-gantry-test-none") == true)
    #expect(try await config.login(for: "other") == nil)
  }
}
