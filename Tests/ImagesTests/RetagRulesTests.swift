import Testing

@testable import Images

@Suite struct RetagRulesTests {
  static func image(_ names: [String], seed: String = "x") throws -> ArchivedImage {
    let fixture = ImageFixture(names, layers: [ImageFixture.layer(seed)])
    return try ImageCollector(limits: .init()).image(
      names.map { try ImageReference($0).orLatest }, config: fixture.config,
      document: OCIDocument.decode(ImageConfig.self, fixture.config, what: "config"),
      layers: [
        .init(
          digest: Digest(of: fixture.layers[0]), size: 1, compression: .none,
          mediaType: Compression.none.layerMediaType)
      ], manifest: nil)
  }

  static let own = "release.daocloud.io/kpanda/api:v1"

  @Test(
    arguments: [
      ([String](), "10.0.0.1/release.daocloud.io", [own, "10.0.0.1/release.daocloud.io/kpanda/api:v1"]),
      (["release.daocloud.io=10.0.0.1:5000/p"], nil, [own, "10.0.0.1:5000/p/kpanda/api:v1"]),
      (["release.daocloud.io/kpanda=r.io/q"], nil, [own, "r.io/q/api:v1"]),
      (["release.daocloud.io/kpanda/=r.io/q/"], nil, [own, "r.io/q/api:v1"]),
      (["release.daocloud.io/kp=r.io/q"], nil, [own]),
      (["release.daocloud.io/kpanda/api=r.io/new"], nil, [own, "r.io/new:v1"]),
      (["\(own)=r.io/new:v9"], nil, [own, "r.io/new:v9"]),
      (["\(own)=r.io/new"], nil, [own, "r.io/new:v1"]),
      (["release.daocloud.io=release.daocloud.io"], nil, [own]),
      (
        ["a.io=b.io", "release.daocloud.io/kpanda=c.io", "release.daocloud.io=d.io"], nil,
        [own, "c.io/api:v1"]
      ),
      (["release.daocloud.io=r.io"], "r.io", [own, "r.io/kpanda/api:v1"]),
    ] as [([String], String?, [String])])
  func names(rules: [String], registry: String?, expected: [String]) throws {
    let rules = try RetagRules(registry: registry, rules: rules)
    #expect(try rules.names(for: Self.image([Self.own])).map(\.description) == expected)
  }

  @Test func knowsFamiliarNamesAndPorts() throws {
    let rules = try RetagRules(registry: "r.io", rules: ["busybox=x.io/b"], dropOriginal: true)
    #expect(
      try rules.names(for: Self.image(["busybox:1"])).map(\.description) == [
        "x.io/b:1", "r.io/library/busybox:1",
      ])
    let ports = try RetagRules(registry: nil, rules: ["10.0.0.1=a.io"])
    #expect(
      try ports.names(for: Self.image(["10.0.0.1:5000/x:1"])).map(\.description) == ["10.0.0.1:5000/x:1"])
  }

  @Test func namesAnUnnamedImage() throws {
    let image = try Self.image([])
    #expect(failure { _ = try RetagRules.none.names(for: image) }?.code == .unnamedImage)
    let rules = try RetagRules(registry: nil, rules: ["\(image.imageID)=r.io/a"])
    #expect(try rules.names(for: image).map(\.description) == ["r.io/a:latest"])
  }

  @Test func refusesTwoImagesUnderOneName() throws {
    let images = [try Self.image(["a.io/x:1"], seed: "a"), try Self.image(["b.io/x:1"], seed: "b")]
    let error = failure { _ = try RetagRules(registry: "r.io").names(for: images) }
    #expect(error?.code == .badRetag)
    #expect(error?.message == "two images would both be named r.io/x:1: a.io/x:1 and b.io/x:1")
    let same = [images[0], images[0]]
    #expect(try RetagRules(registry: "r.io").names(for: same)[images[0].imageID].count == 2)
  }

  @Test(arguments: ["", "a", "=", "a=", "=b", "a=b c", "a=b;$(x)", "a=https://b", "a=UPPER/x/Y"])
  func refusesRules(text: String) {
    #expect(failure { _ = try RetagRules(registry: nil, rules: [text]) }?.code == .badRetag)
  }

  @Test(arguments: ["", "harbor", "harbor/x", "http://r.io", "r.io/A", "r.io:x", "r.io/x:1"])
  func refusesRegistries(text: String) {
    #expect(failure { _ = try RetagRules(registry: text) }?.code == .badRetag)
  }

  @Test func refusesToLeaveAnImageWithoutName() throws {
    let rules = try RetagRules(registry: nil, rules: ["a.io=b.io"], dropOriginal: true)
    #expect(failure { _ = try rules.names(for: Self.image([Self.own])) }?.code == .badRetag)
  }
}
