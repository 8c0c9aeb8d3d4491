import Foundation
import Testing

@testable import Registry

/// What servers write into `WWW-Authenticate`.
@Suite struct ChallengeTests {
  static let rows: [([String], AuthChallenge?)] = [
    (["Basic realm=\"lab\""], .basic),
    (["basic"], .basic),
    (
      [
        "Bearer realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull,push\""
      ],
      .bearer(
        realm: "https://auth.example/token", service: "registry.example", scope: "repository:a/b:pull,push")
    ),
    (["bearer realm=http://h/t , service = s"], .bearer(realm: "http://h/t", service: "s", scope: nil)),
    (
      ["Basic realm=\"a\"", "Bearer realm=\"http://h/t\""],
      .bearer(realm: "http://h/t", service: nil, scope: nil)
    ),
    (
      ["Basic realm=\"a, b\", Bearer realm=\"http://h\\\"t\""],
      .bearer(realm: "http://h\"t", service: nil, scope: nil)
    ),
    (["Negotiate"], nil), (["Bearer service=\"s\""], nil), ([""], nil), ([], nil), (["=,=\""], nil),
  ]

  @Test(arguments: rows) func reads(headers: [String], expected: AuthChallenge?) {
    #expect(AuthChallenge(headers) == expected)
  }
}

/// Which hosts may be spoken to in plain http without being told so.
@Suite struct EndpointTests {
  @Test(arguments: [
    ("localhost", true), ("localhost:5000", true), ("127.0.0.1:5000", true), ("10.16.10.111", true),
    ("192.168.1.1", true), ("172.16.0.1", true), ("172.31.255.1:80", true), ("registry.local", true),
    ("172.32.0.1", false), ("11.0.0.1", false), ("registry.example", false), ("10.0.0.1.example", false),
    ("100.64.0.1", false), ("10.0.0.999", false),
  ])
  func privateAddresses(host: String, plain: Bool) {
    #expect(Endpoint.mayBePlain(host) == plain)
  }

  @Test(arguments: [
    ("http://user:pw@h/p?token=x#y", "http://***@h/p"), ("https://h:1/a/b", "https://h:1/a/b"),
    ("http://h/v2/a/blobs/uploads/x?_state=secret", "http://h/v2/a/blobs/uploads/x"),
  ])
  func urlsAreMasked(url: String, shown: String) {
    #expect(MaskedURL.text(url) == shown)
  }

  @Test func proxiesComeFromTheEnvironment() throws {
    let rules = ProxyRules(environment: [
      "https_proxy": "http://u:p@proxy:3128", "HTTP_PROXY": "http://evil:1",
      "NO_PROXY": "10.0.0.1,.inner.example",
    ])
    func proxy(_ url: String) throws -> String? {
      rules.proxy(for: try #require(.init(string: url))).map { "\($0.host):\($0.port)" }
    }
    #expect(try proxy("https://registry.example/v2/") == "proxy:3128")
    #expect(try proxy("http://registry.example/v2/") == nil)
    #expect(try proxy("https://10.0.0.1/v2/") == nil)
    #expect(try proxy("https://a.inner.example/v2/") == nil)
    #expect(try proxy("https://inner.example/v2/") == nil)
  }
}
