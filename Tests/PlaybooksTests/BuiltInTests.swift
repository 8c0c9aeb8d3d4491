import BuiltInPlaybooks
import Documents
import Foundation
import Helm
import Testing

@testable import Playbooks

/// The playbooks of the folder `playbooks/`, as they are inside the executable.
@Suite struct BuiltInTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "playbooks")

  @Test func everyFileIsInside() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
      $0.hasSuffix(".yaml")
    }
    #expect(Set(files) == Set(PlaybookLibrary.names.map { $0 + ".yaml" }))
    for (name, text) in BuiltInPlaybooks.texts {
      #expect(try String(contentsOf: Self.folder.appending(path: name + ".yaml"), encoding: .utf8) == text)
    }
  }

  @Test(arguments: PlaybookLibrary.names) func itLints(_ name: String) throws {
    let source = try #require(PlaybookLibrary.source(name))
    let playbook = try source.lint()
    #expect(playbook.name == name)
    #expect(playbook.description?.isEmpty == false)
    // It begins with what it does and how to call it.
    #expect(source.text.hasPrefix("# ") && source.text.contains("gantry run -i INVENTORY \(name)"))
    #expect(playbook.variables.allSatisfy { $0.description != nil })
    for word in ["kpanda", name] where source.text.contains("release: \(word)\n") {
      #expect(source.text.contains("namespace: "))
    }
    let lines = Explanation(playbook).lines
    #expect(lines.count > playbook.steps.count + playbook.variables.count)
    #expect(lines.allSatisfy { !$0.hasControlCharacters })
  }

  static let releases: [(String, String, String, Bool)] = [
    ("kpanda", "kpanda", "kpanda-system", true), ("ghippo", "ghippo", "ghippo-system", true),
    ("insight", "insight", "insight-system", false), ("insight", "insight-agent", "insight-system", false),
    ("amamba", "amamba", "amamba-system", false), ("skoala", "skoala", "skoala-system", false),
    ("mspider", "mspider", "mspider-system", false), ("mcamel", "mcamel-redis", "mcamel-system", false),
    ("kairship", "kairship", "kairship-system", true), ("virtnest", "virtnest", "virtnest-system", true),
    ("dowl", "dowl", "dowl-system", true), ("kangaroo", "kangaroo", "kangaroo-system", true),
    ("kcoral", "kcoral", "kcoral-system", false),
  ]

  private func upgrades(_ name: String, _ words: [(String, String)]) throws -> [UpgradeSpec] {
    let source = try #require(PlaybookLibrary.source(name))
    var sources = VariableValues.Sources(folder: "/here")
    sources.words = words.map { (name: $0.0, word: $0.1) }
    let playbook = try source.bind(try VariableValues(of: try source.lint().variables, from: sources))
    return playbook.steps.compactMap { step in
      guard case .upgrade(let work) = step.action else { return nil }
      return work.spec
    }
  }

  @Test(arguments: releases)
  func itUpgradesItsRelease(_ name: String, _ release: String, _ namespace: String, _ crds: Bool) throws {
    var words = [("registry", "10.0.0.1/release.daocloud.io"), ("bundle", "b.tar")]
    if name == "insight" { words.append(("agent_bundle", "a.tar")) }
    if name == "mcamel" { words.append(("middleware", "redis")) }
    let spec = try #require(try upgrades(name, words).first { $0.release == release })
    #expect(spec.namespace == namespace && spec.crds == crds)
    #expect(
      spec.registry == "10.0.0.1/release.daocloud.io" && spec.registryKeys.contains("global.imageRegistry"))
    #expect(spec.wait && spec.rollback && !spec.force && !spec.skipCoverage)
    switch name {
    case "mspider":
      #expect(spec.chart == .repository(ChartRepository(name: "mspider-release", chart: "mspider")))
      #expect(spec.install && spec.createNamespace && spec.cleanupOnFail)
    case "insight" where release == "insight-agent":
      #expect(spec.chart == .bundle(path: "/here/a.tar"))
    default:
      #expect(spec.chart == .bundle(path: "/here/b.tar"))
      #expect(!spec.install)
    }
    if name == "mcamel" {
      #expect(
        spec.registryKeys == ["global.imageRegistry", "console_image.registry", "operator_image.registry"])
    }
  }

  @Test func aRepositoryTakesTheBundlesPlace() throws {
    let spec = try #require(
      try upgrades(
        "kpanda",
        [
          ("repo", "kpanda"), ("repo_url", "http://h/chartrepo/p"), ("version", "0.21.0"),
          ("bundle", "b.tar"),
        ]
      ).first)
    #expect(
      spec.chart
        == .repository(ChartRepository(name: "kpanda", url: "http://h/chartrepo/p", chart: "kpanda")))
    #expect(spec.version == "0.21.0")
  }

  @Test func withoutAChartNothingBegins() throws {
    let error = try #require(throws: PlaybookError.self) { try upgrades("kpanda", []) }
    #expect(error.problems.map(\.code) == [.missingKey])
  }

  /// What the page says of versions, as data: (chart, from, to) → migrations and issues that apply.
  static let steps: [(String, String, String, [String], [String])] = [
    ("kpanda", "0.20.0", "0.21.0", ["redis-sentinel-password"], []),
    ("kpanda", "0.21.0", "0.22.0", [], []),
    ("kpanda", "0.20.0", "0.25.1", ["redis-sentinel-password", "repository-without-registry"], []),
    ("kpanda", "0.24.0", "0.28.1", ["repository-without-registry"], []),
    ("kpanda", "0.28.0", "0.29.0", [], ["gpu-mig-mode", "gpu-operator-version"]),
    ("kpanda", "0.29.0", "0.30.0", [], []),
    ("ghippo", "0.11.0", "0.12.0", ["keycloakx"], []),
    (
      "ghippo", "0.15.1", "0.16.0",
      ["storage-ghippo", "storage-audit", "storage-keycloak", "no-database-keys"], []
    ),
    ("ghippo", "0.16.0", "0.17.0", [], []),
    ("amamba", "0.20.0", "0.30.0", [], []),
  ]

  @Test(arguments: steps)
  func versionsAreKnown(
    _ chart: String, _ from: String, _ to: String, _ migrations: [String], _ issues: [String]
  ) throws {
    let rules = try #require(PlaybookLibrary.rules(ofChart: chart))
    let (from, to) = (try ChartVersion(from), try ChartVersion(to))
    #expect(rules.migrations.filter { $0.applies(from: from, to: to) }.map(\.id) == migrations)
    #expect(rules.knownIssues.filter { $0.applies(from: from, to: to) }.map(\.id) == issues)
  }

  @Test func aMiddlewareHasItsRegistryKeys() {
    let keys = ["global.imageRegistry", "console_image.registry", "operator_image.registry"]
    #expect(PlaybookLibrary.rules(ofChart: "mcamel-kafka")?.registryKeys == keys)
    #expect(
      PlaybookLibrary.rules(ofChart: "mcamel-cassandra") == nil
        && PlaybookLibrary.rules(ofChart: "nginx") == nil)
  }

  @Test func aNameThatIsNotThereGetsTheNearest() throws {
    let error = try #require(throws: PlaybookError.self) {
      try PlaybookLibrary.find("kpnada", absolute: { $0 })
    }
    #expect(error.problems[0].code == .notFound && error.problems[0].hint == "did you mean 'kpanda'?")
  }
}
