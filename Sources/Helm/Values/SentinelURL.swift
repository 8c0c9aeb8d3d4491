/// The address of a Redis behind a sentinel, as kpanda and its kin take it:
/// `redis+sentinel://[USER]:PASSWORD@HOST:PORT[,…]/MASTER[?QUERY]`.
enum SentinelURL {
  static let scheme = "redis+sentinel://"

  /// The URL with the password as `master_password` too; nil for what has none, has it already, or is something else.
  static func withMasterPassword(_ url: String) -> String? {
    let trailing = url.reversed().prefix { $0.isWhitespace }.count
    let body = url.dropLast(trailing)
    guard body.hasPrefix(scheme), !body.contains(where: \.isWhitespace) else { return nil }
    let rest = body.dropFirst(scheme.count)
    let question = rest.firstIndex(of: "?") ?? rest.endIndex
    let query = rest[question...].dropFirst()
    let hasIt = query.split(separator: "&").contains {
      $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)[0] == "master_password"
    }
    guard !hasIt, !body.contains("#"), let at = rest[..<question].lastIndex(of: "@") else { return nil }
    // A slash before the @ is no part of a user or password (RFC 3986, section 3.2.1).
    let userInfo = rest[..<at]
    guard !userInfo.contains("/"), rest[at..<question].contains("/"), let colon = userInfo.firstIndex(of: ":")
    else {
      return nil
    }
    let password = userInfo[userInfo.index(after: colon)...]
    guard !password.isEmpty else { return nil }
    let separator = question == rest.endIndex ? "?" : query.isEmpty || query.hasSuffix("&") ? "" : "&"
    return body + separator + "master_password=" + encodedForQuery(password) + url.suffix(trailing)
  }

  /// What is encoded stays so; what means something in a query but not in a password is encoded.
  private static func encodedForQuery(_ password: Substring) -> String {
    var result = ""
    for character in password {
      switch character {
      case "&": result += "%26"
      case "+": result += "%2B"
      case ";": result += "%3B"
      case "=": result += "%3D"
      default: result.append(character)
      }
    }
    return result
  }
}
