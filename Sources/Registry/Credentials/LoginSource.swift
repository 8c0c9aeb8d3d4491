import Inventory

/// Finds the login for a host: what was configured, else what Docker's configuration knows, else none.
public struct LoginSource: Sendable {
  private let configured: Login?
  private let docker: DockerConfig?

  /// - Parameters:
  ///   - configured: from the file or the environment; it wins.
  ///   - docker: nil to look nowhere else.
  public init(configured: Login?, docker: DockerConfig?) {
    self.configured = configured
    self.docker = docker
  }

  /// The login for a host such as `10.0.0.1:5000`; nil for none.
  func login(for host: String) async throws(RegistryError) -> Login? {
    if let configured { return configured }
    return try await docker?.login(for: host)
  }
}
