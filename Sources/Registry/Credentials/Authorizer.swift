import AsyncHTTPClient
import Foundation
import Inventory
import NIOHTTP1

/// Knows what one registry wants to see with a request, and keeps a token for each scope.
///
/// A password is sent only after the registry asked for one, and is sent once: a wrong one is an error, never tried
/// again, since repeated attempts lock accounts.
actor Authorizer {
  private enum Scheme {
    case unknown
    case basic
    case bearer(realm: String, service: String?)
  }

  private struct Token {
    let header: Secret
    let ends: ContinuousClock.Instant
  }

  private let endpoint: Endpoint
  private let logins: LoginSource
  private let transport: HTTPTransport
  private var scheme = Scheme.unknown
  private var tokens: [String: Token] = [:]
  private var pending: [String: Task<Result<Token, RegistryError>, Never>] = [:]

  init(endpoint: Endpoint, logins: LoginSource, transport: HTTPTransport) {
    self.endpoint = endpoint
    self.logins = logins
    self.transport = transport
  }

  /// The header for a request of that scope, as far as it is known by now what the registry wants.
  func header(for scope: String) async throws(RegistryError) -> Secret? {
    switch scheme {
    case .unknown: return nil
    case .basic: return try await logins.login(for: endpoint.host)?.basicHeader
    case .bearer(let realm, let service):
      if let token = tokens[scope], token.ends > .now { return token.header }
      return try await token(scope, realm: realm, service: service).header
    }
  }

  /// Whether there is a login for the registry at all.
  var hasLogin: Bool {
    get async throws(RegistryError) { try await logins.login(for: endpoint.host) != nil }
  }

  /// Takes in a 401: whether the same request may do better now. False when what was sent was refused.
  ///
  /// - Parameter sent: the header that the refused request had.
  func learn(_ reply: HTTPReply, scope: String, sent: Secret?) async throws(RegistryError) -> Bool {
    guard let challenge = AuthChallenge(reply.headers["WWW-Authenticate"]) else { return false }
    switch challenge {
    case .basic:
      scheme = .basic
      let login = try await logins.login(for: endpoint.host)
      return sent == nil && login?.basicHeader != nil
    case .bearer(let realm, let service, _):
      guard realm.hasPrefix("https://") || !endpoint.isSecure else {
        throw RegistryError(
          .refused, "\(endpoint): it wants the login sent to \(MaskedURL.text(realm)), unencrypted",
          hint: "the registry's token service must have an https address")
      }
      scheme = .bearer(realm: realm, service: service)
      guard let sent, let known = tokens[scope], known.header == sent else { return true }
      // The token that was refused may have run out before its time; a fresh one is tried once by the caller.
      tokens[scope] = nil
      return true
    }
  }

  private func token(_ scope: String, realm: String, service: String?) async throws(RegistryError) -> Token {
    if let task = pending[scope] { return try await task.value.get() }
    let task = Task { () -> Result<Token, RegistryError> in
      do throws(RegistryError) {
        return .success(try await fetch(scope, realm: realm, service: service))
      } catch {
        return .failure(error)
      }
    }
    pending[scope] = task
    defer { pending[scope] = nil }
    let token = try await task.value.get()
    tokens[scope] = token
    return token
  }

  private struct Answer: Decodable {
    var token: String?
    var access_token: String?
    var expires_in: Double?
  }

  private func fetch(_ scope: String, realm: String, service: String?) async throws(RegistryError) -> Token {
    let login = try await logins.login(for: endpoint.host)
    guard var parts = URLComponents(string: realm) else {
      throw RegistryError(.refused, "\(endpoint): its token service has no usable address")
    }
    var request: HTTPClientRequest
    var fields: [URLQueryItem] = []
    if let service { fields.append(URLQueryItem(name: "service", value: service)) }
    if case .identity(let token) = login?.kind {
      fields += [
        URLQueryItem(name: "grant_type", value: "refresh_token"),
        URLQueryItem(name: "client_id", value: "gantry"),
        URLQueryItem(name: "refresh_token", value: token.revealed), URLQueryItem(name: "scope", value: scope),
      ]
      var form = URLComponents()
      form.queryItems = fields
      request = HTTPClientRequest(url: realm)
      request.method = .POST
      request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
      request.body = .bytes(Array((form.percentEncodedQuery ?? "").replacing("+", with: "%2B").utf8))
    } else {
      for part in scope.split(separator: " ") {
        fields.append(URLQueryItem(name: "scope", value: String(part)))
      }
      parts.queryItems = (parts.queryItems ?? []) + fields
      request = HTTPClientRequest(url: parts.string ?? realm)
      if let header = login?.basicHeader {
        request.headers.add(name: "Authorization", value: header.revealed)
      }
    }
    let reply = try await transport.send(request, deadline: .seconds(30), limit: 1 << 20)
    if reply.status == 401 || reply.status == 403 {
      throw RegistryError.loginRefused(at: endpoint, hasLogin: login != nil, reply)
    }
    guard reply.isSuccess, let answer = try? JSONDecoder().decode(Answer.self, from: Data(reply.body)),
      let token = answer.token ?? answer.access_token
    else {
      throw RegistryError(
        reply.status >= 500 || reply.status == 429 ? .unavailable : .refused,
        "\(endpoint): its token service answers \(reply.complaint)")
    }
    // The specification's default is 60 s; a little is kept back for the way.
    let life = max(30, min(answer.expires_in ?? 60, 3600)) - 20
    return Token(header: Secret("Bearer " + token), ends: .now + .seconds(life))
  }
}

extension RegistryError {
  /// A wrong login, or none where one is needed.
  static func loginRefused(at endpoint: Endpoint, hasLogin: Bool, _ reply: HTTPReply) -> RegistryError {
    hasLogin
      ? RegistryError(
        .authFailed, "\(endpoint) refuses the login: \(reply.complaint)",
        hint: "check user and password in the file or the environment; it is not tried again")
      : RegistryError(
        .authFailed, "\(endpoint) wants a login, and none is configured",
        hint: "give one under auth in the file, in the environment, or with docker login")
  }
}
