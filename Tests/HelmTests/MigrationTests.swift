import Documents
import Playbooks
import Testing

@testable import Helm

/// What upgrades do to values, by version.
@Suite struct MigrationTests {
  @Test(arguments: [
    (
      "redis+sentinel://:3wPxzWffdn@rfs:26379/mymaster",
      "redis+sentinel://:3wPxzWffdn@rfs:26379/mymaster?master_password=3wPxzWffdn"
    ),
    ("redis+sentinel://u:p%40w@h:1/m", "redis+sentinel://u:p%40w@h:1/m?master_password=p%40w"),
    ("redis+sentinel://:p@a:1,b:1/m?db=1", "redis+sentinel://:p@a:1,b:1/m?db=1&master_password=p"),
    ("redis+sentinel://:p@a:1/m?", "redis+sentinel://:p@a:1/m?master_password=p"),
    ("redis+sentinel://:a+b&c=d@h:1/m", "redis+sentinel://:a+b&c=d@h:1/m?master_password=a%2Bb%26c%3Dd"),
    ("redis+sentinel://:p@q@h:1/m\n", "redis+sentinel://:p@q@h:1/m?master_password=p@q\n"),
    ("redis+sentinel://:p@h:1/m?master_password=x", nil),
    ("redis+sentinel://:p@h:1/m?db=1&master_password=", nil),
    ("redis+sentinel://h:1/m", nil), ("redis+sentinel://u@h:1/m", nil), ("redis+sentinel://:@h:1/m", nil),
    ("redis+sentinel://:p@h:1", nil), ("redis+sentinel://:p/q@h:1/m", nil), ("redis://:p@h:6379/0", nil),
    ("see redis+sentinel://:p@h:1/m", nil), ("", nil),
  ])
  func sentinel(_ url: String, _ expected: String?) {
    #expect(SentinelURL.withMasterPassword(url) == expected)
  }

  @Test(arguments: [
    ("release.daocloud.io/cloudtty/cloudshell", "cloudtty/cloudshell"),
    ("10.6.135.222/release.daocloud.io/cloudtty/cloudshell", "cloudtty/cloudshell"),
    ("localhost:5000/a/b", "a/b"), ("cloudtty/cloudshell", nil), ("busybox", nil),
    ("release.daocloud.io", nil),
    ("a//b", nil), ("", nil),
  ])
  func registries(_ repository: String, _ expected: String?) {
    #expect(ValuesMigrator.withoutRegistry(repository) == expected)
  }

  static let kpanda = """
    global:
      db:
        redis:
          url: >-
            redis+sentinel://:pw@rfs:26379/mymaster
      other: # a second one
        - redis+sentinel://:pw2@rfs:26379/mymaster
    cloudtty:
      cloudshellImage:
        registry: release.daocloud.io
        repository: release.daocloud.io/cloudtty/cloudshell # long

    """

  @Test(arguments: [
    ("0.20.0", "0.20.5", []), ("0.20.0", "0.21.0", ["redis-sentinel-password"]),
    ("0.20.0", "v0.25.1", ["redis-sentinel-password", "repository-without-registry"]),
    ("0.22.0", "0.28.5", ["repository-without-registry"]), ("0.22.0", "0.29.0", []),
    ("0.20.0", "0.29.1", ["redis-sentinel-password"]),
    ("0.25.0", "0.25.1-rc1", []),
  ])
  func kpandaByVersion(_ from: String, _ to: String, _ expected: [String]) throws {
    var editor = try ValuesEditor(Self.kpanda)
    let migrator = ValuesMigrator(from: try ChartVersion(from), to: try ChartVersion(to))
    let rules = try #require(PlaybookLibrary.rules(ofChart: "kpanda"))
    #expect(try migrator.apply(rules.migrations, to: &editor) == expected)
    if expected.isEmpty { #expect(editor.text == Self.kpanda) }
    #expect(editor.text.contains("url: >-\n"))
    #expect(editor.text.contains("# a second one"))
    // Again, nothing is left to do.
    #expect(try migrator.apply(rules.migrations, to: &editor).isEmpty)
  }

  @Test func bothURLsAndTheRepositoryChangeWhereTheyStand() throws {
    var editor = try ValuesEditor(Self.kpanda)
    let migrator = ValuesMigrator(from: try ChartVersion("0.20.0"), to: try ChartVersion("0.25.1"))
    _ = try migrator.apply(try #require(PlaybookLibrary.rules(ofChart: "kpanda")).migrations, to: &editor)
    let expected = Self.kpanda
      .replacing("pw@rfs:26379/mymaster", with: "pw@rfs:26379/mymaster?master_password=pw")
      .replacing("pw2@rfs:26379/mymaster", with: "pw2@rfs:26379/mymaster?master_password=pw2")
      .replacing("repository: release.daocloud.io/", with: "repository: ")
    #expect(editor.text == expected)
  }

  static let ghippo = """
    global:
      database:
        host: 127.0.0.1
        port: 3306
        apiserver:
          dbname: ghippo
          password: p1
          user: ghippo
        keycloak:
          dbname: keycloak
          password: p2
          user: keycloak
      auditDatabase:
        auditserver:
          dbname: audit
          password: p3
          user: audit
        host: 127.0.0.2
        port: 3307
    keycloak: {a: 1}

    """

  @Test func ghippoFromElevenToSixteen() throws {
    var editor = try ValuesEditor(Self.ghippo)
    let rules = try #require(PlaybookLibrary.rules(ofChart: "ghippo"))
    let migrator = ValuesMigrator(from: try ChartVersion("0.11.2"), to: try ChartVersion("0.16.0"))
    let applied = try migrator.apply(rules.migrations, to: &editor)
    #expect(
      applied == ["keycloakx", "storage-ghippo", "storage-audit", "storage-keycloak", "no-database-keys"])
    let parts = "?charset=utf8mb4&multiStatements=true&parseTime=true"
    #expect(
      editor.tree["global", "storage", "ghippo"]?.child(.index(0))?["dsn"]?.text
        == "ghippo:p1@tcp(127.0.0.1:3306)/ghippo" + parts)
    #expect(
      editor.tree["global", "storage", "audit"]?.child(.index(0))?["dsn"]?.text
        == "audit:p3@tcp(127.0.0.2:3307)/audit" + parts)
    #expect(
      editor.tree["global", "storage", "keycloak"]?.child(.index(0))?["dsn"]?.text
        == "keycloak:p2@tcp(127.0.0.1:3306)/keycloak?charset=utf8mb4")
    #expect(editor.tree["global", "database"] == nil)
    #expect(editor.tree["global", "auditDatabase"] == nil)
    #expect(editor.tree["keycloakx", "a"] == .int(1))
  }

  @Test func ghippoToTwelveOnlyRenames() throws {
    var editor = try ValuesEditor(Self.ghippo)
    let rules = try #require(PlaybookLibrary.rules(ofChart: "ghippo"))
    let migrator = ValuesMigrator(from: try ChartVersion("0.11.2"), to: try ChartVersion("0.12.0"))
    #expect(try migrator.apply(rules.migrations, to: &editor) == ["keycloakx"])
    #expect(editor.text == Self.ghippo.replacing("keycloak:", with: "keycloakx:"))
  }

  @Test func aMissingPartIsToldAndNothingGuessed() throws {
    var editor = try ValuesEditor(Self.ghippo.replacing("    port: 3306\n", with: ""))
    let rules = try #require(PlaybookLibrary.rules(ofChart: "ghippo"))
    let migrator = ValuesMigrator(from: try ChartVersion("0.15.0"), to: try ChartVersion("0.16.0"))
    let error = #expect(throws: HelmError.self) { try migrator.apply(rules.migrations, to: &editor) }
    #expect(error?.code == .cannotMigrate)
    #expect(error?.message.contains("global.database.port") == true)
    #expect(error?.message.contains("p1") == false)
  }

  /// No secret of either side is in what is shown.
  @Test func theDiffIsMasked() throws {
    let old = try ValuesEditor(Self.kpanda + "auth: {password: hunter2}\nplain: a\n").tree
    var editor = try ValuesEditor(Self.kpanda + "auth: {password: hunter3}\nplain: b\n")
    let migrator = ValuesMigrator(from: try ChartVersion("0.20.0"), to: try ChartVersion("0.21.0"))
    _ = try migrator.apply(try #require(PlaybookLibrary.rules(ofChart: "kpanda")).migrations, to: &editor)
    let diff = try #require(ValuesDiff.text(old, editor.tree, names: ("a", "b")))
    #expect(diff.contains("-      url: redis+sentinel://:***@rfs:26379/mymaster\n"))
    #expect(diff.contains("+      url: redis+sentinel://:***@rfs:26379/mymaster?master_password=***"))
    #expect(diff.contains("-  password: '*** (old)'\n-plain: a\n+  password: '*** (new)'\n+plain: b"))
    for secret in ["pw@", "=pw", "pw2", "hunter"] { #expect(!diff.contains(secret), "\(diff)") }
    #expect(ValuesDiff.text(old, old, names: ("a", "b")) == nil)
  }
}
