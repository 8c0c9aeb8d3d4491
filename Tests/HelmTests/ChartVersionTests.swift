import Foundation
import Helm
import Testing

/// Versions and ranges as Helm and SemVer 2 order them.
@Suite struct ChartVersionTests {
  /// SemVer 2.0.0, section 11, and the forms that charts have.
  @Test(arguments: [
    [
      "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
      "1.0.0-rc.1",
    ],
    ["0.9.0", "v0.20.0-rc1", "0.20.0", "v0.20.1", "0.21.0", "0.100.0", "1", "1.0.1", "v2"],
  ])
  func order(_ texts: [String]) throws {
    let versions = try texts.map { try ChartVersion($0) }
    for (low, high) in zip(versions, versions.dropFirst()) {
      #expect(low < high)
      #expect(!(high < low))
    }
    #expect(versions.shuffled().sorted().map(\.description) == texts)
  }

  @Test(arguments: [
    "", "v", "x", "1.2.3.4", "1.2.x", "-1", "1..2", "1.0.0-", "1.0.0-a..b", "1.0.0+", "1.0.0 ", "٣.1.0",
    "99999999999999999999",
  ])
  func refused(_ text: String) {
    #expect(throws: HelmError.self) { try ChartVersion(text) }
  }

  @Test(arguments: [
    ("v23.9.0+1", "v23.9.0+1", true), ("v23.9.0", "v23.9.0+1", false), ("23.9.0+2", "v23.9.0+1", true),
    ("23.9.1", "v23.9.0+1", true), ("v23.6.2+5", "v23.9.0+1", false),
  ])
  func buildsCountWhereTheyAreNumbers(_ version: String, _ least: String, _ expected: Bool) throws {
    #expect(try ChartVersion(version).isAtLeast(ChartVersion(least), countingBuild: true) == expected)
    #expect(try ChartVersion("1.0.0+1").isSame(as: ChartVersion("v1.0.0+2")))
  }

  @Test(arguments: [
    (">=0.25.1 <0.29.0", "0.25.0", false), (">=0.25.1 <0.29.0", "v0.25.1", true),
    (">=0.25.1 <0.29.0", "0.28.9", true),
    (">=0.25.1 <0.29.0", "0.29.0", false), (">=0.25.1 <0.29.0", "0.29.0-rc1", true),
    ("<0.21.0", "0.20.9", true),
    ("=1.0.0", "v1", true), (">1.0.0,<=2.0.0", "2.0.0", true), (">1.0.0", "1.0.0", false),
  ])
  func ranges(_ range: String, _ version: String, _ expected: Bool) throws {
    #expect(try VersionRange(range).contains(ChartVersion(version)) == expected)
  }

  @Test(arguments: ["", "0.21.0", "~1.0", ">=", ">= 1.0.0", "> 1"])
  func rangesRefused(_ text: String) { #expect(throws: HelmError.self) { try VersionRange(text) } }

  @Test func aSpecSurvivesItsRecord() throws {
    var spec = UpgradeSpec(
      release: "kpanda", namespace: "kpanda-system",
      chart: .repository(ChartRepository(name: "kpanda", url: "http://h/chartrepo/p", chart: "kpanda")))
    spec.migrations = [
      ValueMigration(
        id: "x", from: try VersionRange("<0.21.0"), explanation: "y", edit: .set, keys: ["a"],
        value: .mapping([.init("b", .list([.text("{c}")]))]))
    ]
    let data = try JSONEncoder().encode(spec)
    #expect(try JSONDecoder().decode(UpgradeSpec.self, from: data) == spec)
  }
}
