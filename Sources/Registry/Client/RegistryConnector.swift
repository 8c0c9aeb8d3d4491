import Fleet

/// Opens clients of registries, and finds out whether a host speaks https.
public final class RegistryConnector: Sendable {
  /// How to speak to a host that nobody wrote a scheme for.
  public enum SchemeChoice: Sendable {
    case https
    case http
    /// https, and plain http where nothing speaks https there. A certificate that is not trusted is no reason.
    case httpsThenHTTP
  }

  let transport: HTTPTransport
  private let insecure: Bool
  private let backoff: Backoff
  private let onRetry: @Sendable (RegistryError, Duration) -> Void

  /// - Throws: `credentials-unusable` where the file of authorities cannot be read.
  public init(
    _ options: TransportOptions, backoff: Backoff = Backoff(),
    onRetry: @escaping @Sendable (RegistryError, Duration) -> Void = { _, _ in }
  ) throws(RegistryError) {
    transport = try HTTPTransport(options)
    insecure = options.insecure
    self.backoff = backoff
    self.onRetry = onRetry
  }

  /// A client of the registry at that host, after it answered and took the login.
  ///
  /// - Parameter scheme: nil for the usual: https; plain http as a second choice for private addresses, and with
  ///   `insecure`.
  public func connect(
    _ host: String, scheme: SchemeChoice? = nil, logins: LoginSource
  ) async throws(RegistryError) -> RegistryClient {
    let choice = scheme ?? (insecure || Endpoint.mayBePlain(host) ? .httpsThenHTTP : .https)
    let secure = client(host, isSecure: true, logins)
    let plain = client(host, isSecure: false, logins)
    switch choice {
    case .https:
      try await secure.ping()
      return secure
    case .http:
      try await plain.ping()
      return plain
    case .httpsThenHTTP:
      do throws(RegistryError) {
        try await secure.ping()
        return secure
      } catch {
        guard error.code == .notTLS || error.code == .unreachable || error.code == .connectionLost else {
          throw error
        }
        do throws(RegistryError) {
          try await plain.ping()
        } catch let second {
          // Where nothing listens at all, the first answer names the address that was meant.
          throw second.code == .unreachable ? error : second
        }
        return plain
      }
    }
  }

  private func client(_ host: String, isSecure: Bool, _ logins: LoginSource) -> RegistryClient {
    RegistryClient(
      endpoint: Endpoint(host: host, isSecure: isSecure), logins: logins, transport: transport,
      backoff: backoff, onRetry: onRetry)
  }

  /// Closes all connections; called once, when no client is used any more.
  public func close() async { await transport.close() }
}
