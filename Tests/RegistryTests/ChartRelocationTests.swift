import Documents
import Images
import Testing

@testable import Registry

/// A chart's values at the hinted keys, and nothing else.
@Suite struct ChartRelocationTests {
  static let values = """
    # Where images come from.
    global:
      imageRegistry: release.daocloud.io
    apiServer:
      replicas: 1
      image:
        registry: release.daocloud.io # the registry
        repository: kpanda/kpanda-apiserver
        tag: '' # the chart's version
    sidecar: "release.daocloud.io/kpanda/sidecar:v2"
    """
  static let chart = """
    apiVersion: v2
    name: kpanda
    version: 0.28.0
    # What it stands on.
    dependencies:
    - name: cloudtty
      repository: https://release.daocloud.io/chartrepo/cloudtty
      version: 1.0.0
    """
  static let inner = """
    image:
      registry: release.daocloud.io
      repository: cloudtty/operator   # two blanks before
      tag: v1
    """

  static func folder(values: String = values) throws -> ChartFolder {
    let files = [
      "Chart.yaml": chart, "values.yaml": values, "Chart.lock": "dependencies: []\n",
      "templates/x.yaml": "a: b\n",
      "charts/cloudtty/Chart.yaml": "apiVersion: v2\nname: cloudtty\nversion: 1.0.0\n",
      "charts/cloudtty/values.yaml": inner,
    ]
    return try ChartFolder(files: files.mapValues { Array($0.utf8) })
  }

  static let hints = [
    "{{ .apiServer.image.registry }}/{{ .apiServer.image.repository }}:{{ .apiServer.image.tag }}",
    "{{ .cloudtty.image.registry }}/{{ .cloudtty.image.repository }}:{{ .cloudtty.image.tag }}",
    "{{ .sidecar }}",
  ]

  static func known() throws -> [ImageReference] {
    try [
      "release.daocloud.io/kpanda/kpanda-apiserver:v0.28.0", "release.daocloud.io/cloudtty/operator:v1",
      "release.daocloud.io/kpanda/sidecar:v2",
    ].map { try ImageReference($0) }
  }

  @Test func rewritesHintedKeysAlone() throws {
    let rules = try RelocationRules(registry: "10.0.0.1", repository: "p")
    let result = try ChartRelocation(
      try Self.folder(), hints: Self.hints, rules: rules, known: try Self.known())
    let values = try #require(try result.chart.text("values.yaml"))
    let expected = Self.values
      .replacing("registry: release.daocloud.io # the", with: "registry: 10.0.0.1 # the")
      .replacing("kpanda/kpanda-apiserver", with: "p/kpanda-apiserver")
      .replacing("release.daocloud.io/kpanda/sidecar:v2", with: "10.0.0.1/p/sidecar:v2")
    #expect(values == expected)
    let inner = try #require(try result.chart.text("charts/cloudtty/values.yaml"))
    #expect(
      inner
        == Self.inner.replacing("release.daocloud.io", with: "10.0.0.1")
        .replacing("cloudtty/operator", with: "p/operator"))
    #expect(result.chart.files["Chart.lock"] == nil)
    let chart = try #require(try result.chart.text("Chart.yaml"))
    #expect(!chart.contains("repository"))
    #expect(chart.contains("# What it stands on."))
    #expect(chart.contains("version: 1.0.0"))
    #expect(result.chart.files["templates/x.yaml"] == Array("a: b\n".utf8))
    #expect(
      result.changes.map(\.key) == [
        "apiServer.image.registry", "apiServer.image.repository", "image.registry", "image.repository",
        "sidecar",
      ])
    #expect(result.notes.contains { $0.contains("global.imageRegistry is release.daocloud.io") })
  }

  @Test func theChartsOwnValuesWinOverTheInnerOnes() throws {
    let outer = Self.values + "\ncloudtty:\n  image:\n    registry: other.example\n"
    let rules = try RelocationRules(prefixRegistry: "10.0.0.1", appendOriginRegistry: true)
    let result = try ChartRelocation(
      try Self.folder(values: outer), hints: [Self.hints[1]], rules: rules, known: [])
    // Both places are set, so that neither can bring the old registry back.
    #expect(try result.chart.text("values.yaml")?.contains("registry: 10.0.0.1/other.example") == true)
    #expect(
      try result.chart.text("charts/cloudtty/values.yaml")?.contains("registry: 10.0.0.1/other.example")
        == true)
    #expect(
      result.notes.contains("the chart names other.example/cloudtty/operator, which is not in the bundle"))
  }

  @Test(arguments: [
    "{{ .nothing.here }}", "{{ apiServer }}", "docker.io/{{ .sidecar }}", "{{ .apiServer.image.registry",
    "{{ .a | quote }}", "plain", "",
  ])
  func refusesHintsThatLeadNowhere(hint: String) throws {
    let rules = try RelocationRules(registry: "10.0.0.1")
    let error = #expect(throws: RegistryError.self) {
      try ChartRelocation(try Self.folder(), hints: [hint], rules: rules, known: [])
    }
    #expect(error?.code == .badChart)
  }

  @Test func oneKeyForTwoRegistriesIsRefused() throws {
    let values = "r: a.example\nr2: b.example\nx: one\ny: two\n"
    let rules = try RelocationRules(prefixRepository: "q")
    let fine = try ChartRelocation(
      try Self.folder(values: values), hints: ["{{ .r }}/{{ .x }}:{{ .t }}", "{{ .r }}/{{ .y }}"],
      rules: rules, known: [])
    #expect(fine.changes.map(\.to) == ["q/one", "q/two"])
  }

  @Test func packagesAreAlwaysTheSame() throws {
    let chart = try Self.folder()
    let package = try ChartPackage(chart)
    #expect(package.fileName == "kpanda-0.28.0.tgz")
    #expect(package.digest == (try ChartPackage(chart)).digest)
    // The digest is what repositories are asked for, so it may never change.
    let digest = "sha256:cd05cdfa2570d674aa4783d2fd3ec76eb668638ba63d27f19f638509d5c47d69"
    #expect(package.digest.description == digest)
    #expect(ChartArchive.gzip([]).count == 23)
    #expect(ChartArchive.gzip([UInt8](repeating: 7, count: 70_000)).count == 10 + 5 + 65_535 + 5 + 4465 + 8)
  }
}
