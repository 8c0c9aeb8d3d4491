import Foundation

/// Which proxy a URL is fetched through, as curl reads the environment: `https_proxy` or `http_proxy` by the URL's
/// scheme, unless `no_proxy` names the host, a domain that it is in, or `*`. Lower case wins over upper case.
struct ProxyRules: Sendable {
  /// A proxy, and the login that its URL carries.
  struct Proxy: Sendable, Hashable {
    let host: String
    let port: Int
    let username: String?
    let password: String?
  }

  private let proxies: [String: Proxy]
  private let exempt: [String]

  init(environment: [String: String]) {
    func value(_ name: String) -> String? {
      // CGI hands headers over as HTTP_…: for http only the lower-case name is safe, and everybody keeps to that.
      let text = environment[name] ?? (name == "http_proxy" ? nil : environment[name.uppercased()])
      return text.flatMap { $0.isEmpty ? nil : $0 }
    }
    var proxies: [String: Proxy] = [:]
    for scheme in ["http", "https"] {
      guard let text = value(scheme + "_proxy") ?? value("all_proxy") else { continue }
      guard let parts = URLComponents(string: text.contains("://") ? text : "http://" + text),
        let host = parts.host, !host.isEmpty
      else { continue }
      proxies[scheme] = Proxy(
        host: host, port: parts.port ?? 1080, username: parts.user, password: parts.password)
    }
    self.proxies = proxies
    exempt = (value("no_proxy") ?? "").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces).lowercased()
    }
  }

  /// The proxy for a URL; nil to go there directly.
  func proxy(for url: URLComponents) -> Proxy? {
    guard let scheme = url.scheme, let host = url.host?.lowercased() else { return nil }
    for name in exempt where !name.isEmpty {
      if name == "*" { return nil }
      let domain = name.hasPrefix(".") ? String(name.dropFirst()) : name
      if host == domain || host.hasSuffix("." + domain) { return nil }
      if let port = url.port, name == "\(host):\(port)" { return nil }
    }
    return proxies[scheme]
  }
}
