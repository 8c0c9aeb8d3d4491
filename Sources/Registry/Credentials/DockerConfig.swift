import Foundation
import Inventory

/// The logins in Docker's `config.json`: `auths`, `credHelpers` and `credsStore` (docker/cli, "docker login").
public struct DockerConfig: Sendable {
  private struct Document: Decodable {
    struct Entry: Decodable {
      var auth: String?
      var username: String?
      var password: String?
      var identitytoken: String?
    }
    var auths: [String: Entry]?
    var credHelpers: [String: String]?
    var credsStore: String?
  }

  private let path: String
  private let document: Document
  private let environment: [String: String]

  /// Where the file is: `REGISTRY_AUTH_FILE`, else in `DOCKER_CONFIG`, else in `~/.docker`.
  public static func usualPath(environment: [String: String]) -> String? {
    if let file = environment["REGISTRY_AUTH_FILE"], !file.isEmpty { return file }
    if let folder = environment["DOCKER_CONFIG"], !folder.isEmpty { return folder + "/config.json" }
    return environment["HOME"].map { $0 + "/.docker/config.json" }
  }

  /// Reads the file; nil where there is none.
  ///
  /// - Throws: `credentials-unusable` where it is there and cannot be read.
  public init?(path: String, environment: [String: String]) throws(RegistryError) {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path), data.count < 4 << 20,
      let document = try? JSONDecoder().decode(Document.self, from: data)
    else {
      throw RegistryError(
        .credentials, "\(MessageText.shown(path)) is not the JSON that docker login writes",
        hint: "log in again, or give the login in the file or the environment")
    }
    self.path = path
    self.document = document
    self.environment = environment
  }

  /// The login for a host; nil where the file has none. Asks a credential helper where one is set for the host.
  func login(for host: String) async throws(RegistryError) -> Login? {
    // Docker Hub is kept under the address of its first version.
    let names = host == "docker.io" ? ["https://index.docker.io/v1/", "docker.io"] : [host]
    for name in names {
      if let helper = document.credHelpers?[name] {
        return try await CredentialHelper(name: helper, environment: environment).login(for: name)
      }
    }
    if let entry = entry(for: names), let login = try login(of: entry, host: host) { return login }
    guard let helper = document.credsStore, !helper.isEmpty else { return nil }
    for name in names {
      if let login = try await CredentialHelper(name: helper, environment: environment).login(for: name) {
        return login
      }
    }
    return nil
  }

  /// Keys are hosts, or the URLs that older clients wrote.
  private func entry(for names: [String]) -> Document.Entry? {
    for name in names { if let entry = document.auths?[name] { return entry } }
    return document.auths?.first { key, _ in
      var key = key[...]
      for scheme in ["https://", "http://"] where key.hasPrefix(scheme) { key = key.dropFirst(scheme.count) }
      return names.contains(String(key.prefix { $0 != "/" }))
    }?.value
  }

  private func login(of entry: Document.Entry, host: String) throws(RegistryError) -> Login? {
    if let token = entry.identitytoken, !token.isEmpty { return Login(identityToken: Secret(token)) }
    if let username = entry.username, let password = entry.password, !username.isEmpty {
      return Login(username: username, password: Secret(password))
    }
    guard let auth = entry.auth, !auth.isEmpty else { return nil }
    guard let data = Data(base64Encoded: auth), let text = String(validating: data, as: UTF8.self),
      let colon = text.firstIndex(of: ":")
    else {
      throw RegistryError(
        .credentials, "\(MessageText.shown(path)): the entry for \(MessageText.shown(host)) cannot be read",
        hint: "log in again with docker login")
    }
    // Docker pads it with zero bytes in some versions.
    let password = text[text.index(after: colon)...].trimmingCharacters(in: CharacterSet(charactersIn: "\0"))
    return Login(username: String(text[..<colon]), password: Secret(password))
  }
}
