import Foundation

/// URLs as they may be shown: without user, password, query and fragment, which may all hold credentials.
enum MaskedURL {
  static func text(_ url: String) -> String {
    guard var parts = URLComponents(string: url) else { return "***" }
    if parts.user != nil || parts.password != nil {
      parts.user = "***"
      parts.password = nil
    }
    parts.query = nil
    parts.fragment = nil
    return parts.string ?? "***"
  }
}
