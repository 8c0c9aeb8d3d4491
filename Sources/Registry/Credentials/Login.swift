import Foundation
import Inventory

/// Who logs in somewhere.
public struct Login: Sendable, Hashable {
  /// What the server is shown.
  public enum Kind: Sendable, Hashable {
    case password(username: String, password: Secret)
    /// A token that a token server takes in place of a password (`identitytoken` in Docker's configuration).
    case identity(token: Secret)
  }

  public let kind: Kind

  public init(username: String, password: Secret) { kind = .password(username: username, password: password) }
  public init(identityToken: Secret) { kind = .identity(token: identityToken) }

  /// Wraps a text, for those who have another `Secret` in sight.
  static func hidden(_ text: String) -> Secret { Secret(text) }

  /// The header for basic authentication (RFC 7617); nil for an identity token.
  var basicHeader: Secret? {
    guard case .password(let username, let password) = kind else { return nil }
    return Secret("Basic " + Data("\(username):\(password.revealed)".utf8).base64EncodedString())
  }
}
