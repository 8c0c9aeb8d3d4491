import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Tells from an error of the HTTP client what went wrong.
///
/// BoringSSL gives its reasons as texts alone; this is the one place where such a text becomes a code.
enum TransportFailure {
  static func classify(_ error: any Error, url: String, insecure: Bool) -> RegistryError {
    let shown = MaskedURL.text(url)
    switch error {
    case is CancellationError:
      return RegistryError(.cancelled, "interrupted")
    case let error as HTTPClientError:
      return client(error, shown)
    case let error as NIOConnectionError:
      return connection(error, shown)
    case let error as IOError:
      return socket(error, shown)
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
      return tls(error, shown, insecure: insecure)
    case is ChannelError:
      return RegistryError(.connectionLost, "\(shown): the connection broke")
    default:
      return RegistryError(
        .connectionLost, "\(shown): \(MessageText.shown(String(describing: type(of: error))))")
    }
  }

  private static func client(_ error: HTTPClientError, _ shown: String) -> RegistryError {
    switch error {
    case .cancelled, .requestStreamCancelled:
      return RegistryError(.cancelled, "interrupted")
    case .connectTimeout, .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
      return RegistryError(.unreachable, "\(shown): nothing answers there", hint: reachHint)
    case .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout:
      return RegistryError(.timeout, "\(shown): no answer within the deadline")
    case .proxyAuthenticationRequired:
      return RegistryError(
        .authFailed, "\(shown): the proxy wants a login",
        hint: "put it into https_proxy, or add the host to no_proxy")
    case .redirectLimitReached, .redirectCycleDetected:
      return RegistryError(.refused, "\(shown): it redirects in a circle")
    case .invalidURL, .emptyHost, .emptyScheme:
      return RegistryError(.configValue, "not a URL: \(shown)")
    default:
      return RegistryError(.connectionLost, "\(shown): the connection broke (\(error.shortDescription))")
    }
  }

  private static let reachHint = "check the address and the port, and that the registry runs"

  private static func connection(_ error: NIOConnectionError, _ shown: String) -> RegistryError {
    if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
      return RegistryError(
        .unreachable, "\(shown): the host has no address", hint: "check the name, or DNS here")
    }
    if let first = error.connectionErrors.first?.error as? IOError { return socket(first, shown) }
    return RegistryError(.unreachable, "\(shown): no connection", hint: reachHint)
  }

  private static func socket(_ error: IOError, _ shown: String) -> RegistryError {
    let reason = String(cString: strerror(error.errnoCode)).lowercased()
    switch error.errnoCode {
    case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL:
      return RegistryError(.unreachable, "\(shown): \(reason)", hint: reachHint)
    default:
      return RegistryError(.connectionLost, "\(shown): \(reason)")
    }
  }

  private static func tls(_ error: any Error, _ shown: String, insecure: Bool) -> RegistryError {
    let text = String(describing: error)
    if error is NIOSSLExtraError {
      return RegistryError(
        .tlsFailed, "\(shown): the certificate is for another name",
        hint: "use the name that it is for, or --insecure")
    }
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      return RegistryError(
        .unknownCA, "\(shown): the certificate is from an authority that is not trusted here, or not valid",
        hint: "give the authority's certificate with --ca-file, or take any with --insecure")
    }
    for sign in ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "INVALID_OUTER_RECORD_TYPE"]
    where text.contains(sign) {
      return RegistryError(
        .notTLS, "\(shown): it does not speak https",
        hint: "write the address with http://, or use --insecure")
    }
    if text.contains("uncleanShutdown") || text.contains("SYSCALL") {
      return RegistryError(.connectionLost, "\(shown): the connection broke")
    }
    return RegistryError(
      .tlsFailed, "\(shown): the TLS handshake failed: \(MessageText.shown(text))", hint: "see --insecure")
  }
}
