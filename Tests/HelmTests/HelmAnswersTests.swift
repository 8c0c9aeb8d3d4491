import Testing

@testable import Helm

/// helm's answers as helm 3.17 prints them.
@Suite struct HelmAnswersTests {
  @Test func releases() throws {
    let json =
      #"[{"name":"kpanda","namespace":"kpanda-system","revision":"3","updated":"2026-01-02 03:04:05 +0000 UTC","status":"deployed","chart":"kpanda-0.20.0","app_version":"v0.20.0"}]"#
    let list = try HelmAnswers.list(of: HelmAnswers.Release.self, Array(json.utf8), from: "helm list")
    #expect(list.first?.revision == 3)
    #expect(list.first?.chartParts?.version == "0.20.0")
    #expect(list.first?.isPending == false)
    #expect(try HelmAnswers.list(of: HelmAnswers.Release.self, Array("\n".utf8), from: "x").isEmpty)
    #expect(try HelmAnswers.list(of: HelmAnswers.Release.self, Array("null".utf8), from: "x").isEmpty)
    #expect(throws: HelmError.self) {
      try HelmAnswers.list(of: HelmAnswers.Release.self, Array("Error".utf8), from: "helm list")
    }
  }

  @Test(arguments: [
    ("kpanda-0.20.0", "kpanda", "0.20.0"), ("gpu-operator-v23.9.0+1", "gpu-operator", "v23.9.0+1"),
    ("foo-2-bar-1.0.0-rc.1", "foo-2-bar", "1.0.0-rc.1"), ("a-1.2.3-b-4.5.6", "a", "1.2.3-b-4.5.6"),
  ])
  func charts(_ chart: String, _ name: String, _ version: String) {
    let parts = HelmAnswers.parts(ofChart: chart)
    #expect(parts?.name == name)
    #expect(parts?.version == version)
  }

  @Test(arguments: ["kpanda", "kpanda-1", "-1.0.0", "kpanda-x.y.z", ""])
  func chartsWithoutVersion(_ chart: String) { #expect(HelmAnswers.parts(ofChart: chart) == nil) }

  @Test func newestIsOfThatChartAndStable() {
    let found = [
      ("k/kpanda", "0.9.0"), ("k/kpanda", "0.21.0"), ("k/kpanda", "0.22.0-rc1"), ("k/kpanda-ui", "9.0.0"),
    ]
    .map { HelmAnswers.Found(name: $0.0, version: $0.1) }
    #expect(HelmAnswers.newest(of: "k/kpanda", among: found) == "0.21.0")
    #expect(HelmAnswers.newest(of: "k/other", among: found) == nil)
    #expect(HelmAnswers.newest(of: "k/kpanda", among: [found[2]]) == "0.22.0-rc1")
  }

  @Test func theRevisionToGoBackTo() {
    func revision(_ number: Int, _ status: String) -> HelmAnswers.Revision {
      HelmAnswers.Revision(revision: number, status: status, chart: "k-1.0.0", description: nil)
    }
    #expect(HelmAnswers.lastGood([revision(1, "superseded"), revision(2, "deployed")])?.revision == 2)
    #expect(
      HelmAnswers.lastGood([revision(1, "superseded"), revision(2, "superseded"), revision(3, "failed")])?
        .revision == 2)
    #expect(HelmAnswers.lastGood([revision(1, "failed")]) == nil)
  }

  @Test func settingsBecomeOneFile() throws {
    let settings = try ["a.b=2", "a.c=x: y", "d=\"2\"", "e\\.f=", "g=true"].map { try SettingsYAML.parse($0) }
    #expect(throws: HelmError.self) { try SettingsYAML.text(settings) }
    let good = try ["a.b=2", "a.c=x", "d=\"2\"", "e\\.f=", "g=true"].map { try SettingsYAML.parse($0) }
    #expect(try SettingsYAML.text(good) == "a:\n  b: 2\n  c: x\nd: '2'\ne.f: ''\ng: true\n")
    #expect(throws: HelmError.self) { try SettingsYAML.parse("a") }
    #expect(throws: HelmError.self) { try SettingsYAML.parse("a.*=1") }
  }

  @Test(arguments: [
    ("kpanda", true), ("a.b-c", true), ("Kpanda", false), ("-a", false), ("a..b", false), ("a;b", false),
    ("", false),
  ])
  func names(_ name: String, _ expected: Bool) { #expect(ReleaseNames.isRelease(name) == expected) }

  @Test(arguments: [
    ("**", ["a", "a.b", "a.c", "a.c[0]", "d"]), ("a.*", ["a.b", "a.c"]), ("**.b", ["a.b"]),
    ("a.c[*]", ["a.c[0]"]),
    ("x", []), ("*", ["a", "d"]),
  ])
  func patterns(_ pattern: String, _ expected: [String]) throws {
    let tree = try ValuesEditor("a: {b: 1, c: [2]}\nd: 3\n").tree
    #expect(try PathPattern(pattern).matches(in: tree).map(\.description) == expected)
  }

  @Test(arguments: ["", ".", "a..b", "a.", "[x]", "a[", "a\\"])
  func pathsRefused(_ text: String) { #expect(throws: HelmError.self) { try PathPattern(text) } }
}
