import ArgumentParser
import Foundation
import Registry

/// How registries and chart repositories are reached: shared by sync and load.
struct RegistryOptions: ParsableArguments {
  @Flag(help: "Take any certificate, and plain http where https is not spoken.")
  var insecure = false

  @Option(
    help: ArgumentHelp(
      "A PEM file with an authority that is trusted besides the system's.", valueName: "file"))
  var caFile: String?

  /// The environment as it was; the passwords are taken out of it, so that no child sees them.
  static let environment: [String: String] = {
    let environment = ProcessInfo.processInfo.environment
    for name in environment.keys where name.hasSuffix("_AUTH_PASSWORD") { unsetenv(name) }
    return environment
  }()

  var transport: TransportOptions {
    TransportOptions(
      caFile: caFile.map(Paths.absolute), insecure: insecure, environment: Self.environment
    )
  }

  /// Logins of `docker login`, for hosts that have no other.
  static func dockerConfig() throws(RegistryError) -> DockerConfig? {
    guard let path = DockerConfig.usualPath(environment: environment) else { return nil }
    return try DockerConfig(path: path, environment: environment)
  }
}
