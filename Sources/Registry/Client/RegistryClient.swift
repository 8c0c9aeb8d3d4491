import AsyncHTTPClient
import Fleet
import Images
import Inventory
import NIOHTTP1

/// A client of one registry (OCI Distribution Specification 1.1): what is there, and bringing what is not.
///
/// Safe for any number of tasks at once. Requests that fail in passing are sent again, with growing pauses; a refused
/// login never is.
public final class RegistryClient: Sendable {
  public let endpoint: Endpoint
  let transport: HTTPTransport
  let authorizer: Authorizer
  let backoff: Backoff
  /// Up to this size a blob goes in one request; a larger one in chunks, of which the finished ones need not be sent
  /// again when the connection breaks.
  let chunkSize: Int64
  /// Told of each pause before another attempt.
  let onRetry: @Sendable (RegistryError, Duration) -> Void

  init(
    endpoint: Endpoint, logins: LoginSource, transport: HTTPTransport, backoff: Backoff = Backoff(),
    chunkSize: Int64 = 8 << 20,
    onRetry: @escaping @Sendable (RegistryError, Duration) -> Void = { _, _ in }
  ) {
    self.endpoint = endpoint
    self.transport = transport
    self.backoff = backoff
    self.onRetry = onRetry
    self.chunkSize = chunkSize
    authorizer = Authorizer(endpoint: endpoint, logins: logins, transport: transport)
  }

  /// What a token has to allow: `repository:NAME:pull,push`.
  struct Scope: Sendable {
    let text: String

    static func pull(_ repository: String) -> Scope { Scope(text: "repository:\(repository):pull") }
    static func push(_ repository: String) -> Scope { Scope(text: "repository:\(repository):pull,push") }
    static func mount(_ repository: String, from other: String) -> Scope {
      Scope(text: "repository:\(repository):pull,push repository:\(other):pull")
    }
  }

  /// Asks whether a registry is there, and whether the login is right; also finds out how to log in.
  ///
  /// - Throws: also `registry-refused` where something else answers.
  public func ping() async throws(RegistryError) {
    let reply = try await firstReply()
    if reply.isSuccess { return }
    throw RegistryError(
      .refused, "\(endpoint) is no registry: /v2/ answers \(reply.complaint)",
      hint: "check address and port of the registry")
  }

  /// Nobody waits long to learn that a registry is not there: only a connection that broke, or a server that is busy, is
  /// asked again, twice.
  private func firstReply() async throws(RegistryError) -> HTTPReply {
    var attempt = 1
    while true {
      let failure: RegistryError
      do throws(RegistryError) {
        switch try await once({ self.request(.GET, "/v2/") }, scope: Scope(text: ""), deadline: .seconds(30))
        {
        case .success(let answer): return answer.reply
        case .failure(let busy): failure = busy.error
        }
      } catch {
        failure = error
      }
      attempt += 1
      guard failure.code == .connectionLost || failure.code == .unavailable, attempt <= 3 else {
        throw failure
      }
      try await pause(before: attempt, after: failure, asked: nil)
    }
  }

  /// A request to a path of the registry.
  func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: endpoint.base + path)
    request.method = method
    return request
  }

  /// Sends a request until an answer comes that does not pass by waiting.
  ///
  /// - Parameter make: makes the request anew for each attempt.
  func send(
    _ make: @Sendable () -> HTTPClientRequest, scope: Scope, deadline: Duration = .seconds(60),
    limit: Int = 64 << 10, overflow: HTTPTransport.Overflow = .cut
  ) async throws(RegistryError) -> HTTPReply {
    var attempt = 1
    while true {
      var asked: Duration?
      let failure: RegistryError
      do throws(RegistryError) {
        switch try await once(make, scope: scope, deadline: deadline, limit: limit, overflow: overflow) {
        case .success(let answer): return answer.reply
        case .failure(let busy):
          failure = busy.error
          asked = busy.retryAfter
        }
      } catch {
        failure = error
      }
      attempt += 1
      try await pause(before: attempt, after: failure, asked: asked)
    }
  }

  /// Waits before another attempt, or throws the failure where there is to be none.
  func pause(before attempt: Int, after failure: RegistryError, asked: Duration?) async throws(RegistryError)
  {
    guard let pause = backoff.pause(before: attempt, after: failure, asked: asked) else { throw failure }
    onRetry(failure, pause)
    do { try await Task.sleep(for: pause) } catch { throw RegistryError(.cancelled, "interrupted") }
  }

  struct Answer: Sendable { let reply: HTTPReply }
  struct Busy: Error {
    let error: RegistryError
    let retryAfter: Duration?
  }

  /// One attempt, with a second one where the registry first had to say how to log in.
  func once(
    _ make: @Sendable () -> HTTPClientRequest, scope: Scope, deadline: Duration, limit: Int = 64 << 10,
    overflow: HTTPTransport.Overflow = .cut
  ) async throws(RegistryError) -> Result<Answer, Busy> {
    var learned = 0
    while true {
      var request = make()
      var sent: Secret?
      // A session's address may lie elsewhere, where the login has no business.
      if request.url.hasPrefix(endpoint.base + "/"), let header = try await authorizer.header(for: scope.text)
      {
        request.headers.add(name: "Authorization", value: header.revealed)
        sent = header
      }
      let reply = try await transport.send(request, deadline: deadline, limit: limit, overflow: overflow)
      switch reply.status {
      case 401:
        learned += 1
        if learned <= 2, try await authorizer.learn(reply, scope: scope.text, sent: sent) { continue }
        let hasLogin = try await authorizer.hasLogin
        // A token was given out for the login, so that one is right; it just does not reach this far.
        guard !hasLogin || sent?.revealed.hasPrefix("Bearer ") != true else {
          throw RegistryError(
            .denied, "\(endpoint): the login is right but not enough: \(reply.complaint)",
            hint: "the user may not do this there, or the project is not there")
        }
        throw RegistryError.loginRefused(at: endpoint, hasLogin: hasLogin, reply)
      case 429, 500, 502, 503, 504:
        return .failure(
          Busy(
            error: RegistryError(
              .unavailable, "\(MaskedURL.text(request.url)): \(reply.complaint)",
              hint: "the registry is overloaded or broken; look at its log"),
            retryAfter: reply.retryAfter))
      default:
        return .success(Answer(reply: reply))
      }
    }
  }

  /// A refusal that waiting does not mend.
  func refusal(_ what: String, repository: String, _ reply: HTTPReply) -> RegistryError {
    let codes = reply.errorCodes
    if reply.status == 403 || codes.contains("DENIED") {
      return RegistryError(
        .denied, "\(endpoint): \(what): \(reply.complaint)",
        hint: "the user may not write to \(repository), or its project is not there")
    }
    if codes.contains("NAME_UNKNOWN") || codes.contains("NOT_FOUND") || reply.status == 404 {
      let project = repository.prefix { $0 != "/" }
      return RegistryError(
        .projectMissing,
        "\(endpoint): there is no project \(project), or it takes nothing: \(reply.complaint)",
        hint: "create the project there; with containers.kind HARBOR gantry creates it")
    }
    if codes.contains("DIGEST_INVALID") {
      return RegistryError(
        .digestMismatch, "\(endpoint): \(what): \(reply.complaint)",
        hint: "the bundle is damaged: check it with `gantry bundle verify`")
    }
    if reply.status == 413 {
      return RegistryError(
        .refused, "\(endpoint): \(what): \(reply.complaint)",
        hint: "raise the body size that the proxy before the registry takes")
    }
    return RegistryError(.refused, "\(endpoint): \(what): \(reply.complaint)")
  }
}
