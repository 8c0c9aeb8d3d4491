import AsyncHTTPClient
import Foundation
import Inventory
import NIOHTTP1

/// Requests to a chart repository's or Harbor's HTTP interface, with basic authentication.
struct RepositoryAPI: Sendable {
  /// Scheme, host and port.
  let base: String
  let login: Login?
  let transport: HTTPTransport
  let backoff: Backoff

  /// - Parameter url: its path is left out.
  init(url: String, login: Login?, transport: HTTPTransport, backoff: Backoff = Backoff()) {
    var parts = URLComponents(string: url)
    parts?.path = ""
    parts?.query = nil
    parts?.fragment = nil
    base = parts?.string ?? url
    self.login = login
    self.transport = transport
    self.backoff = backoff
  }

  /// A body and what it is.
  struct Body: Sendable {
    let bytes: [UInt8]
    let type: String
    var headers: [(String, String)] = []

    /// A form with one file (RFC 7578).
    static func form(field: String, file: String, _ bytes: [UInt8]) -> Body {
      let boundary = "gantry-7c1c2f8a5d"
      var form = Array(
        "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(file)\"\r\nContent-Type: application/gzip\r\n\r\n"
          .utf8)
      form += bytes
      form += Array("\r\n--\(boundary)--\r\n".utf8)
      return Body(bytes: form, type: "multipart/form-data; boundary=\(boundary)")
    }
  }

  /// Sends a request, again where the failure may pass; a refused login is an error.
  func send(_ method: HTTPMethod, _ path: String, _ body: Body? = nil, limit: Int = 1 << 20)
    async throws(RegistryError) -> HTTPReply
  {
    var attempt = 1
    while true {
      var request = HTTPClientRequest(url: base + path)
      request.method = method
      if let header = login?.basicHeader {
        request.headers.add(name: "Authorization", value: header.revealed)
      }
      if let body {
        request.headers.add(name: "Content-Type", value: body.type)
        for (name, value) in body.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(body.bytes)
      }
      var failure: RegistryError
      var asked: Duration?
      do throws(RegistryError) {
        let reply = try await transport.send(request, deadline: .seconds(120), limit: limit)
        switch reply.status {
        case 401:
          throw RegistryError.loginRefused(
            at: Endpoint(
              host: String(base.drop { $0 != "/" }.dropFirst(2)), isSecure: base.hasPrefix("https")),
            hasLogin: login != nil, reply)
        case 429, 502, 503, 504:
          failure = RegistryError(.unavailable, "\(MaskedURL.text(base + path)): \(reply.complaint)")
          asked = reply.retryAfter
        default: return reply
        }
      } catch {
        failure = error
      }
      attempt += 1
      guard let pause = backoff.pause(before: attempt, after: failure, asked: asked) else { throw failure }
      do { try await Task.sleep(for: pause) } catch { throw RegistryError(.cancelled, "interrupted") }
    }
  }

  /// A refusal under the code that fits.
  func refusal(_ what: String, _ reply: HTTPReply) -> RegistryError {
    let address = MaskedURL.text(base)
    switch reply.status {
    case 403:
      return RegistryError(
        .denied, "\(address): \(what): \(reply.complaint)", hint: "the user may not do this there")
    case 404:
      return RegistryError(
        .projectMissing, "\(address): \(what): \(reply.complaint)",
        hint:
          "check the repository's url; a Harbor project has to be there, or containers.kind HARBOR makes it")
    case 413:
      return RegistryError(
        .refused, "\(address): \(what): \(reply.complaint)", hint: "raise the size that the server takes")
    default: return RegistryError(.refused, "\(address): \(what): \(reply.complaint)")
    }
  }
}
