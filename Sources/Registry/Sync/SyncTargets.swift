import Foundation

/// Opens the registries and the chart repository that a file names, with the logins that belong to each.
struct SyncTargets: Sendable {
  let config: SyncConfig
  let docker: DockerConfig?
  let connector: RegistryConnector
  let backoff: Backoff

  /// A client of the registry that images go to.
  func images(_ host: String) async throws(RegistryError) -> RegistryClient {
    try await connector.connect(
      host, scheme: scheme(of: host),
      logins: LoginSource(configured: config.containers.auth, docker: docker))
  }

  /// A client of a registry that images come from.
  func source(_ host: String) async throws(RegistryError) -> RegistryClient {
    let url = config.sourceRepository.flatMap { URLComponents(string: $0.url) }
    let isPlain = url?.scheme == "http" && url?.host == String(host.prefix { $0 != ":" })
    return try await connector.connect(
      host, scheme: isPlain ? .httpsThenHTTP : nil,
      logins: LoginSource(configured: config.sourceContainers?.auth, docker: docker))
  }

  /// What the file says of how to speak to the registry; nil where it says nothing.
  private func scheme(of host: String) -> RegistryConnector.SchemeChoice? {
    for text in [config.containerRegistry, config.containerPrefixRegistry] {
      if text.hasPrefix("https://") { return .https }
      if text.hasPrefix("http://") { return .http }
    }
    // A chart repository in plain http on the same host says how that host is set up.
    guard let repository = config.repository, let url = URLComponents(string: repository.url),
      url.scheme == "http",
      url.host == String(host.prefix { $0 != ":" })
    else { return nil }
    return .httpsThenHTTP
  }

  /// Where charts go; nil for none.
  func charts() async throws(RegistryError) -> (any ChartRepository)? {
    guard let repository = config.repository else { return nil }
    switch repository.kind {
    case .local: return LocalCharts(path: repository.path)
    case .harbor, .chartMuseum:
      return try MuseumCharts(repository, transport: connector.transport, backoff: backoff)
    case .jfrog: return ArtifactoryCharts(repository, transport: connector.transport, backoff: backoff)
    case .oci:
      let (client, folder) = try await oci(repository)
      return OCICharts(client: client, folder: folder)
    case .helm:
      throw RegistryError(.configValue, "a HELM repository can only be a source")
    }
  }

  /// The registry of an OCI repository, and the path that charts lie below.
  func oci(_ repository: SyncConfig.Repository) async throws(RegistryError) -> (RegistryClient, String) {
    let url = URLComponents(string: repository.url)
    let host = (url?.host ?? "") + (url?.port.map { ":\($0)" } ?? "")
    let choices: [String: RegistryConnector.SchemeChoice] = ["http": .http, "https": .https]
    let client = try await connector.connect(
      host, scheme: url?.scheme.flatMap { choices[$0] },
      logins: LoginSource(configured: repository.auth, docker: docker))
    return (client, (url?.path ?? "").split(separator: "/").joined(separator: "/"))
  }

  /// Harbor's interface at the registry's own address.
  func harbor(_ client: RegistryClient) async throws(RegistryError) -> HarborProjects {
    let login = try await LoginSource(configured: config.containers.auth, docker: docker)
      .login(for: client.endpoint.host)
    return HarborProjects(
      RepositoryAPI(url: client.endpoint.base, login: login, transport: connector.transport, backoff: backoff)
    )
  }
}
