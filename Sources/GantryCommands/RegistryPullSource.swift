import Fleet
import Foundation
import Images
import Inventory
import Registry

/// The registry of `gantry load --from-registry`, asked for every image before any node is.
struct RegistryPullSource: PullSource {
  let host: String
  let isSecure: Bool
  let takesAnyCertificate: Bool
  private let client: RegistryClient
  private let references: [Digest: ImageReference]

  /// Asks the registry; nil where nodes are to be sent everything.
  ///
  /// - Throws: `registry-not-found` where it lacks an image, and what reaching it throws.
  static func make(_ settings: ImageSettings, _ archive: ImageArchive) async throws -> RegistryPullSource? {
    guard let registry = settings.fromRegistry else { return nil }
    // The same rules as for names: a registry, perhaps with a project.
    let rules = try RetagRules(registry: registry, rules: settings.retags, dropOriginal: true)
    let environment = RegistryOptions.environment
    let connector = try RegistryConnector(
      TransportOptions(
        caFile: settings.caFile, insecure: settings.insecure == true, environment: environment))
    let login = environment["TARGET_CONTAINERS_AUTH_USERNAME"].flatMap { name in
      name.isEmpty
        ? nil
        : Login(
          username: name, password: Secret(environment["TARGET_CONTAINERS_AUTH_PASSWORD"] ?? ""))
    }
    let host = String(registry.prefix { $0 != "/" })
    let client = try await connector.connect(
      host, logins: LoginSource(configured: login, docker: try RegistryOptions.dockerConfig()))
    var references: [Digest: ImageReference] = [:]
    for image in archive.images {
      let names = try rules.names(for: image).filter { $0.registry == host }
      guard let reference = try await client.reference(of: image, under: names) else {
        throw RegistryError(
          .notFound, "\(host) has no \(names.first?.description ?? image.title) that is the bundle's image",
          hint: "`gantry sync` brings the bundle there; --retag says where an image has another name")
      }
      references[image.imageID] = reference
    }
    return RegistryPullSource(
      host: host, isSecure: client.endpoint.isSecure, takesAnyCertificate: settings.insecure == true,
      client: client, references: references)
  }

  func reference(of imageID: Digest) -> ImageReference? { references[imageID] }

  func authorization(for imageID: Digest) async throws(Failure) -> Secret? {
    guard let reference = references[imageID] else { return nil }
    do throws(RegistryError) {
      return try await client.pullAuthorization(reference.path)
    } catch {
      throw Failure(FailureCode(error.code.rawValue), error.message, hint: error.hint)
    }
  }
}
