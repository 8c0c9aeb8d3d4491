import Testing

@testable import Images

@Suite struct PrunePlannerTests {
  @Test(arguments: [
    ("v0.9.0", "v0.10.0"), ("0.7.1-rc.0", "0.7.1"), ("v1", "v1.0.1"), ("1.2.3", "v1.2.4"),
    ("v1.0.0-rc.2", "v1.0.0-rc.10"),
    ("1.0.0-alpha", "1.0.0-alpha.1"),
  ])
  func versionsAreOrdered(older: String, newer: String) throws {
    let (older, newer) = (try #require(VersionTag(older)), try #require(VersionTag(newer)))
    #expect(older < newer && !(newer < older))
  }

  @Test(arguments: [
    "latest", "", "v", "7.0.5-alpine", "1.2.x", "v1.2.3.4.5", "15.3.0-debian-11-r7", "main-abc",
  ])
  func whatIsNoVersion(tag: String) { #expect(VersionTag(tag) == nil) }

  private func tagged(_ text: String, _ target: Character, held: Bool = false) throws -> PrunePlanner.Tagged {
    .init(
      reference: try ImageReference(text), target: Digest(of: Array(String(target).utf8)), isHeld: held)
  }

  @Test func olderVersionsGoAndTheRestStays() throws {
    let planner = PrunePlanner(wanted: [try ImageReference("r.io/k/api:v0.21.0")], keep: 2)
    #expect(planner.repositories == ["r.io/k/api"])
    let removable = planner.removable([
      try tagged("r.io/k/api:v0.21.0", "a"), try tagged("r.io/k/api:v0.20.0", "b"),
      try tagged("r.io/k/api:v0.19.0", "c"), try tagged("r.io/k/api:v0.18.0", "d"),
      try tagged("r.io/k/api:v0.22.0", "e"), try tagged("r.io/k/api:latest", "f"),
      try tagged("r.io/k/other:v0.1.0", "g"),
    ])
    #expect(removable.map(\.description) == ["r.io/k/api:v0.18.0", "r.io/k/api:v0.19.0"])
  }

  @Test func whatIsHeldUnderAnyNameStays() throws {
    let planner = PrunePlanner(wanted: [try ImageReference("r.io/k/api:v0.21.0")], keep: 1)
    let removable = planner.removable([
      try tagged("r.io/k/api:v0.20.0", "b"), try tagged("r.io/k/api:v0.19.0", "c"),
      try tagged("q.io/k/api:v0.19.0", "c", held: true), try tagged("r.io/k/api:v0.18.0", "d", held: true),
      // The bundle's own image under an older tag.
      try tagged("r.io/k/api:v0.17.0", "a"), try tagged("r.io/k/api:v0.21.0", "a"),
    ])
    #expect(removable.map(\.description) == ["r.io/k/api:v0.20.0"])
  }
}
