import Testing

@testable import Registry

/// The file that users have: read whole, and refused with the line and the likely key.
@Suite struct SyncConfigTests {
  /// The first sample of the page that users follow.
  static let harbor = """
    source:
      intermediateBundlesPath: kpanda # (1)!
    target:
      containerRegistry: 10.16.10.111 # (2)!
      containerRepository: release.daocloud.io/kpanda # (3)!
      repo:
        kind: HARBOR # (4)!
        url: http://10.16.10.111/chartrepo/release.daocloud.io # (5)!
        auth:
          username: "admin" # (6)!
          password: "Harbor12345" # (7)!
      containers:
        auth:
          username: "admin" # (8)!
          password: "Harbor12345" # (9)!
    """

  /// The second one.
  static let local = """
    source:
      intermediateBundlesPath: kpanda
    target:
      containerRegistry: 10.16.10.111
      containerRepository: release.daocloud.io/kpanda
      repo:
        kind: LOCAL
        path: ./local-repo
      containers:
        auth:
          username: "admin"
          password: "Harbor12345"
    """

  @Test func readsTheFirstSample() throws {
    let config = try SyncConfigReader.parse(Self.harbor, file: "load-image.yaml")
    #expect(config.sourceBundles == "kpanda")
    #expect(config.containerRegistry == "10.16.10.111")
    #expect(config.containerRepository == "release.daocloud.io/kpanda")
    #expect(config.repository?.kind == .harbor)
    #expect(config.repository?.url == "http://10.16.10.111/chartrepo/release.daocloud.io")
    #expect(config.repository?.auth?.basicHeader?.revealed == "Basic YWRtaW46SGFyYm9yMTIzNDU=")
    #expect(config.containers.auth?.basicHeader?.revealed == "Basic YWRtaW46SGFyYm9yMTIzNDU=")
    #expect(!config.containers.isHarbor)
    #expect(config.charts.isEmpty)
  }

  @Test func readsTheSecondSample() throws {
    let config = try SyncConfigReader.parse(Self.local, file: "load-image.yaml")
    #expect(config.repository?.kind == .local)
    #expect(config.repository?.path == "./local-repo")
  }

  @Test func readsEveryField() throws {
    let config = try SyncConfigReader.parse(
      """
      source: {intermediateBundlesPath: b}
      target:
        containerRegistry: ""
        containerRepository: ""
        containerPrefixRegistry: r.example:5000
        containerPrefixRepository: ""
        appendOriginRegistry: true
        repo: {kind: OCI, url: oci://r.example:5000/charts}
        containers: {kind: HARBOR}
      charts:
      - name: kpanda
        versions: ["0.28.0", 0.29.1]
        skipImages: true
      """, file: "f")
    #expect(config.containerPrefixRegistry == "r.example:5000")
    #expect(config.appendOriginRegistry)
    #expect(config.repository?.kind == .oci)
    #expect(config.containers.isHarbor)
    #expect(config.containers.auth == nil)
    #expect(config.charts == [.init(name: "kpanda", versions: ["0.28.0", "0.29.1"], skipImages: true)])
  }

  @Test func theEnvironmentWins() throws {
    let config = try SyncConfigReader.parse(
      Self.harbor, file: "f",
      environment: [
        "TARGET_CONTAINERS_AUTH_USERNAME": "robot", "TARGET_CONTAINERS_AUTH_PASSWORD": "x",
        "TARGET_REPO_AUTH_USERNAME": "", "TARGET_REPO_AUTH_PASSWORD": "unused",
      ])
    #expect(config.containers.auth?.basicHeader?.revealed == "Basic cm9ib3Q6eA==")
    #expect(config.repository?.auth?.basicHeader?.revealed == "Basic YWRtaW46SGFyYm9yMTIzNDU=")
  }

  struct Bad: Sendable {
    let change: (from: String, to: String)
    let code: RegistryError.Code
    let says: String
    var hint: String?
  }

  static let bad = [
    Bad(
      change: ("intermediateBundlesPath", "intermediateBundlePath"), code: .configUnknownKey, says: "f:2",
      hint: "intermediateBundlesPath"),
    Bad(
      change: ("containerRegistry", "container_registry"), code: .configUnknownKey, says: "f:4",
      hint: "containerRegistry"),
    Bad(change: ("kind: HARBOR", "kind: HABOR"), code: .configValue, says: "f:7", hint: "'HARBOR'"),
    Bad(change: ("kind: HARBOR", "kind: HELM"), code: .configValue, says: "only be a source"),
    Bad(change: ("url: http:", "url: ftp:"), code: .configValue, says: "not a URL"),
    Bad(change: ("http://10", "http://admin:Harbor12345@10"), code: .configValue, says: "holds a login"),
    Bad(change: ("  intermediateBundlesPath: kpanda", "  repo:"), code: .configValue, says: "one of the two"),
    Bad(change: ("10.16.10.111 #", "'' #"), code: .configValue, says: "no registry"),
    Bad(change: ("source:", "source: {"), code: .configSyntax, says: "f:"),
    Bad(change: ("username: \"admin\" # (6)!", "username: [a]"), code: .configValue, says: "must be text"),
  ]

  @Test(arguments: bad) func refusesWhatItDoesNotKnow(bad: Bad) {
    let text = Self.harbor.replacing(bad.change.from, with: bad.change.to, maxReplacements: 1)
    let error = #expect(throws: RegistryError.self) { try SyncConfigReader.parse(text, file: "f") }
    #expect(error?.code == bad.code)
    #expect(error?.message.contains(bad.says) == true, "\(error?.message ?? "")")
    if let hint = bad.hint { #expect(error?.hint?.contains(hint) == true, "\(error?.hint ?? "")") }
    let shown = "\(error.map { "\($0.message) \($0.hint ?? "")" } ?? "")"
    #expect(!shown.contains("Harbor12345"))
  }
}
