import AsyncHTTPClient
import Foundation
import Images
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Sends requests, each with a deadline, and turns what goes wrong on the way into ``RegistryError``s.
///
/// Connections are kept and used again, over HTTP/1.1, one request at a time each. It is closed once, at the end.
final class HTTPTransport: Sendable {
  private let options: TransportOptions
  private let proxies: ProxyRules
  private let authorities: [NIOSSLCertificate]
  private let clients = Mutex<[ProxyRules.Proxy?: HTTPClient]>([:])

  /// - Throws: `credentials-unusable` where the file of authorities cannot be read.
  init(_ options: TransportOptions) throws(RegistryError) {
    self.options = options
    proxies = ProxyRules(environment: options.environment)
    guard let file = options.caFile else {
      authorities = []
      return
    }
    do {
      authorities = try NIOSSLCertificate.fromPEMFile(file)
    } catch {
      throw RegistryError(
        .credentials, "\(MessageText.shown(file)) holds no certificate that can be read",
        hint: "--ca-file takes the authority's certificate in PEM form")
    }
  }

  /// Sends one request and reads at most `limit` bytes of the answer's body.
  ///
  /// - Parameters:
  ///   - deadline: for the whole exchange.
  ///   - overflow: whether a longer body is an error, or just cut off.
  func send(
    _ request: HTTPClientRequest, deadline: Duration, limit: Int, overflow: Overflow = .cut
  ) async throws(RegistryError) -> HTTPReply {
    do {
      let response = try await execute(request, deadline: deadline)
      var body: [UInt8] = []
      for try await buffer in response.body {
        let room = limit - body.count
        body.append(contentsOf: buffer.readableBytesView.prefix(room))
        if buffer.readableBytes > room {
          if overflow == .fail {
            throw RegistryError(
              .refused, "\(MaskedURL.text(request.url)): the answer is larger than \(limit) bytes")
          }
          break
        }
      }
      return HTTPReply(status: Int(response.status.code), headers: response.headers, body: body)
    } catch let error as RegistryError {
      throw error
    } catch let error as ImageError {
      throw RegistryError(error)
    } catch {
      throw classify(error, request)
    }
  }

  /// Sends a request; returns when the head of the answer is there.
  func execute(_ request: HTTPClientRequest, deadline: Duration) async throws -> HTTPClientResponse {
    try await client(for: request.url).execute(request, timeout: TimeAmount(deadline))
  }

  func classify(_ error: any Error, _ request: HTTPClientRequest) -> RegistryError {
    TransportFailure.classify(error, url: request.url, insecure: options.insecure)
  }

  /// What happens to a body that is longer than the limit.
  enum Overflow { case cut, fail }

  /// The client insists on being shut down; who forgot to close, or failed before, leaves that to a task.
  deinit {
    let left = clients.withLock { Array($0.values) }
    guard !left.isEmpty else { return }
    Task.detached { for client in left { try? await client.shutdown() } }
  }

  /// Closes all connections.
  func close() async {
    let all = clients.withLock { clients in
      defer { clients = [:] }
      return Array(clients.values)
    }
    for client in all { try? await client.shutdown() }
  }

  private func client(for url: String) throws(RegistryError) -> HTTPClient {
    guard let parts = URLComponents(string: url), parts.host?.isEmpty == false else {
      throw RegistryError(.configValue, "not a URL: \(MaskedURL.text(url))")
    }
    let proxy = proxies.proxy(for: parts)
    return clients.withLock { clients in
      if let client = clients[proxy] { return client }
      let client = HTTPClient(
        eventLoopGroupProvider: .shared(HTTPClient.defaultEventLoopGroup), configuration: configuration(proxy)
      )
      clients[proxy] = client
      return client
    }
  }

  private func configuration(_ proxy: ProxyRules.Proxy?) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.additionalTrustRoots = authorities.isEmpty ? [] : [.certificates(authorities)]
    if options.insecure { tls.certificateVerification = .none }
    let stall = TimeAmount(options.stallTimeout)
    var pool = HTTPClient.Configuration.ConnectionPool()
    pool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    // Whether a refused connection is tried again is decided by Backoff.
    pool.retryConnectionEstablishment = false
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .follow(max: 5, allowCycles: false),
      timeout: .init(connect: TimeAmount(options.connectTimeout), read: stall, write: stall),
      connectionPool: pool)
    configuration.httpVersion = .http1Only
    if let proxy {
      let login = proxy.username.map { name in
        HTTPClient.Authorization.basic(username: name, password: proxy.password ?? "")
      }
      configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: login)
    }
    return configuration
  }
}
