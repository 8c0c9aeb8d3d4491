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

  var transport: TransportOptions {
    TransportOptions(
      caFile: caFile.map(Paths.absolute), insecure: insecure, environment: ProcessInfo.processInfo.environment
    )
  }

  /// Logins of `docker login`, for hosts that have no other.
  static func dockerConfig() throws(RegistryError) -> DockerConfig? {
    let environment = ProcessInfo.processInfo.environment
    guard let path = DockerConfig.usualPath(environment: environment) else { return nil }
    return try DockerConfig(path: path, environment: environment)
  }
}
