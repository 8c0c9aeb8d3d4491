import Foundation
import Testing

/// The page's first method, from its own two sample files, against real registries.
@Suite(.lab("n1=none"), .serialized)
struct SyncTests {
  static func harborFile(_ registry: LabRegistry, _ folder: String, kind: String = "") -> String {
    """
    source:
      intermediateBundlesPath: \(folder) # (1)!
    target:
      containerRegistry: \(registry.host) # (2)!
      containerRepository: release.daocloud.io/kpanda # (3)!
      repo:
        kind: HARBOR # (4)!
        url: \(registry.url)/chartrepo/release.daocloud.io # (5)!
        auth:
          username: "admin" # (6)!
          password: "\(registry.password ?? "")" # (7)!
      containers:
        \(kind)
        auth:
          username: "admin" # (8)!
          password: "\(registry.password ?? "")" # (9)!
    """
  }

  static func localFile(_ registry: LabRegistry, _ folder: String, charts: String, rules: String? = nil)
    -> String
  {
    """
    source:
      intermediateBundlesPath: \(folder)
    target:
      \(rules ?? "containerRegistry: \(registry.host)")
      repo:
        kind: LOCAL
        path: \(charts)
      containers:
        auth:
          username: "admin"
          password: "\(registry.password ?? "unused")"
    """
  }

  /// What the archive itself says each image consists of: its files' names are the layers' digests.
  static func layers(of bundle: String) async throws -> [String: [String]] {
    let list = try await Lab.execute(
      "/bin/sh", ["-c", #"tar -xOf "$1" images.tar | tar -xOf - manifest.json"#, "sh", bundle])
    struct Entry: Decodable { let RepoTags, Layers: [String] }
    let entries = try JSONDecoder().decode([Entry].self, from: Data(list.output.utf8))
    return Dictionary(
      uniqueKeysWithValues: entries.map { entry in
        (entry.RepoTags[0], entry.Layers.map { "sha256:" + $0.replacing(".tar.gz", with: "") })
      })
  }

  @Test func theFirstSampleFillsHarbor() async throws {
    let lab = try Lab.current
    let harbor = try await LabRegistry.start(
      lab, "harbor", "--kind", "harbor", "--auth", "--project", "release.daocloud.io")
    let folder = try await lab.bundleFolder("harbor")
    let text = Self.harborFile(harbor, folder)

    let dry = try await lab.sync(text, "--dry-run", "-o", "json")
    #expect(dry.status == 0, "\(dry.errors)")
    let planned = try SyncDocument(dry)
    #expect(planned.dryRun == true && planned.summary.bytesSent == 0)
    #expect(planned.images.allSatisfy { $0.status == "pushed" })
    #expect(harbor.isEmpty, "a dry run pushed")

    let first = try await lab.sync(text, "-o", "json")
    #expect(first.status == 0, "\(first.errors)")
    let document = try SyncDocument(first)
    #expect(document.summary.images == 6 && document.summary.pushed == 6 && document.summary.failed == 0)
    #expect(document.bundles.first?.chart?.status == "uploaded")
    let layers = try await Self.layers(of: folder + "/kpanda_0.20.0.bundle.tar")
    #expect(layers.count == 6)
    for image in document.images {
      let last = try #require(image.source.split(separator: "/").last)
      #expect(image.reference == "\(harbor.host)/release.daocloud.io/kpanda/\(last)")
      let found = try #require(try await harbor.inspect("release.daocloud.io/kpanda/\(last)"), "\(last)")
      #expect(found.digest == image.digest)
      #expect(found.layers == layers[image.source], "\(last)")
    }
    #expect(!(first.output + first.errors).contains(harbor.password ?? "?"))

    // Again: nothing moves.
    let second = try await lab.sync(text, "-o", "json")
    #expect(second.status == 0, "\(second.errors)")
    let again = try SyncDocument(second)
    #expect(again.summary.present == 7 && again.summary.bytesSent == 0)
    #expect(again.seconds < 2)

    // helm reads the chart, with the comments of the bundle's own values.
    let added = try await lab.helm(
      "repo", "add", "kpanda", "\(harbor.url)/chartrepo/release.daocloud.io", "--username", "admin",
      "--password",
      harbor.password ?? "")
    #expect(added.status == 0, "\(added.errors)")
    let shown = try await lab.helm("show", "values", "kpanda/kpanda")
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(shown.output.contains("\(harbor.host)"))
    #expect(shown.output.contains("  # the registry of every image, with its project"), "comments are kept")
    #expect(shown.output.contains("release.daocloud.io/kpanda/kpanda-apiserver"))
    let rendered = try await lab.helm(
      "template", "kpanda", "kpanda/kpanda", "--set", "global.imageRegistry=\(harbor.host)")
    #expect(rendered.status == 0, "\(rendered.errors)")
    #expect(rendered.output.contains("image: \(harbor.host)/release.daocloud.io/kpanda/kpanda-apiserver:"))
  }

  @Test func theSecondSampleKeepsTheChartHere() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "plain")
    let folder = try await lab.bundleFolder("plain", as: "kpanda.bundle.tar")
    let charts = lab.work + "/local-repo"
    let text = Self.localFile(registry, folder, charts: charts)
    let first = try await lab.sync(text, "-o", "json")
    #expect(first.status == 0, "\(first.errors)")
    let document = try SyncDocument(first)
    #expect(document.summary.pushed == 6)
    // Layers that images share were sent once.
    let size = try #require(
      try FileManager.default.attributesOfItem(atPath: folder + "/kpanda.bundle.tar")[.size] as? Int64)
    #expect(document.summary.bytesSent < size)
    let template = try await lab.helm(
      "template", "x", charts + "/kpanda-0.20.0.tgz", "--set", "global.imageRegistry=")
    #expect(template.status == 0, "\(template.errors)")
    #expect(template.output.contains("image: \(registry.host)/kpanda/kpanda-apiserver:"))
    let index = try String(contentsOfFile: charts + "/index.yaml", encoding: .utf8)
    #expect(index.contains("kpanda-0.20.0.tgz"))

    let uploads = try registry.requests("PUT")
    let second = try await lab.sync(text, "-o", "json")
    #expect(second.status == 0)
    let again = try SyncDocument(second)
    #expect(again.summary.present == 7 && again.summary.bytesSent == 0 && again.seconds < 2)
    #expect(try registry.requests("PUT") == uploads)

    // One version on: only what changed travels.
    let newer = try await lab.bundleFolder("newer", version: "0.21.0")
    let third = try await lab.sync(Self.localFile(registry, newer, charts: charts), "-o", "json")
    #expect(third.status == 0, "\(third.errors)")
    let changed = try SyncDocument(third)
    #expect(
      changed.summary.bytesSent > 0 && changed.summary.bytesSent * 3 < size, "\(changed.summary.bytesSent)")
  }

  @Test(arguments: [
    ("prefix", "containerPrefixRegistry: HOST", "release.daocloud.io/kpanda/kpanda-apiserver", "HOST"),
    (
      "append", "containerPrefixRegistry: HOST\n  appendOriginRegistry: true",
      "release.daocloud.io/kpanda/kpanda-apiserver", "HOST/release.daocloud.io"
    ),
    ("last", "containerRegistry: HOST\n  containerRepository: p/q", "p/q/kpanda-apiserver", "HOST"),
  ])
  func everyRuleEndsUnderItsName(name: String, rules: String, path: String, chartRegistry: String)
    async throws
  {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "r-" + name)
    let folder = try await lab.bundleFolder("rules", size: "2M", images: 3)
    let charts = lab.work + "/charts-" + name
    let text = Self.localFile(
      registry, folder, charts: charts, rules: rules.replacing("HOST", with: registry.host))
    let outcome = try await lab.sync(text, "-o", "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try await registry.inspect(path + ":v0.20.0") != nil)
    let values = try await lab.helm("show", "values", charts + "/kpanda-0.20.0.tgz")
    #expect(
      values.output.contains("registry: \(chartRegistry.replacing("HOST", with: registry.host))"),
      "\(values.output)")
    let rendered = try await lab.helm(
      "template", "x", charts + "/kpanda-0.20.0.tgz", "--set", "global.imageRegistry=")
    #expect(rendered.output.contains("image: \(registry.host)/\(path):v0.20.0"), "\(rendered.output)")
  }

  @Test func helmPullsFromAnOCIRegistry() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "oci", "--auth", "--tls")
    let folder = try await lab.bundleFolder("oci", size: "2M", images: 3)
    let text = """
      source: {intermediateBundlesPath: \(folder)}
      target:
        containerRegistry: \(registry.host)
        repo: {kind: OCI, url: "oci://\(registry.host)/charts"}
      """
    let login = [
      "TARGET_CONTAINERS_AUTH_USERNAME": "admin", "TARGET_CONTAINERS_AUTH_PASSWORD": registry.password ?? "",
      "TARGET_REPO_AUTH_USERNAME": "admin", "TARGET_REPO_AUTH_PASSWORD": registry.password ?? "",
    ]
    let authority = try #require(registry.authority)
    let outcome = try await lab.sync(text, "--ca-file", authority, "-o", "json", environment: login)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try SyncDocument(outcome).bundles.first?.chart?.status == "uploaded")
    let pulled = try await lab.helm(
      "pull", "oci://\(registry.host)/charts/kpanda", "--version", "0.20.0", "--ca-file", authority,
      "--username",
      "admin", "--password", registry.password ?? "", "-d", lab.work)
    #expect(pulled.status == 0, "\(pulled.errors)")
    #expect(FileManager.default.fileExists(atPath: lab.work + "/kpanda-0.20.0.tgz"))
    let again = try SyncDocument(
      try await lab.sync(text, "--ca-file", authority, "-o", "json", environment: login))
    #expect(again.summary.present == 4)
  }

  @Test func bundlesAreMadeFromARepository() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "src")
    let museum = try await LabRegistry.start(lab, "src-charts", "--kind", "chartmuseum", "--auth")
    let folder = try await lab.bundleFolder("src", size: "4M", images: 4)
    let original = folder + "/kpanda_0.20.0.bundle.tar"
    // The hints travel with the chart, as relok8s has them.
    let edited = try await Lab.execute(
      "/bin/sh",
      [
        "-c",
        """
        cd "$1" && tar -xf "$2" && sed 's|release.daocloud.io|x|' hints.yaml >original-chart/.relok8s-images.yaml &&
        tar -cf "$2" hints.yaml original-chart images.tar && rm -r hints.yaml original-chart images.tar
        """, "sh", folder, original,
      ])
    #expect(edited.status == 0, "\(edited.errors)")
    let login = "auth: {username: admin, password: \(museum.password ?? "")}"
    let filled = try await lab.sync(
      """
      source: {intermediateBundlesPath: \(folder)}
      target:
        containerRegistry: \(registry.host)
        repo: {kind: CHARTMUSEUM, url: "\(museum.url)", \(login)}
      """)
    #expect(filled.status == 0, "\(filled.errors)")
    let made = try await lab.sync(
      """
      source: {repo: {kind: CHARTMUSEUM, url: "\(museum.url)", \(login)}}
      target: {intermediateBundlesPath: \(lab.work)/made}
      charts: [{name: kpanda, versions: [0.20.0]}]
      """, "-o", "json")
    #expect(made.status == 0, "\(made.errors)")
    let bundle = lab.work + "/made/kpanda_0.20.0.bundle.tar"
    #expect(try await lab.gantry("bundle", "verify", "--deep", bundle).status == 0)
    let before = try await LoadTests.images(of: original)
    let after = try await LoadTests.images(of: bundle)
    #expect(Set(after.map(\.id)) == Set(before.map(\.id)))
    #expect(after.allSatisfy { $0.references.allSatisfy { $0.hasPrefix(registry.host + "/") } })
    let members = try await Lab.execute("/bin/tar", ["-tf", bundle])
    let names = members.output.split(separator: "\n")
    #expect(names.first == "hints.yaml" && names.last == "images.tar")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: lab.work + "/made") == ["kpanda_0.20.0.bundle.tar"])
    // And back again: gantry reads what it wrote.
    let again = try await lab.sync(
      """
      source: {intermediateBundlesPath: \(lab.work)/made}
      target:
        containerPrefixRegistry: \(registry.host)
        repo: {kind: LOCAL, path: \(lab.work)/c-made}
      """)
    #expect(again.status == 0, "\(again.errors)")
  }
}
