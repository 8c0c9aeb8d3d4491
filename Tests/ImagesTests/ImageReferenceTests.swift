import Testing

@testable import Images

@Suite struct ImageReferenceTests {
  static let digest = "sha256:" + String(repeating: "ab", count: 32)

  @Test(arguments: [
    ("busybox", "docker.io/library/busybox", "busybox"),
    ("busybox:1.34.1", "docker.io/library/busybox:1.34.1", "busybox:1.34.1"),
    ("kpanda/api:v1", "docker.io/kpanda/api:v1", "kpanda/api:v1"),
    ("index.docker.io/library/a:1", "docker.io/library/a:1", "a:1"),
    ("docker.io/a", "docker.io/library/a", "a"),
    ("localhost/a:1", "localhost/a:1", "localhost/a:1"),
    ("10.0.0.1:5000/a/b/c:v1.2_3-x", "10.0.0.1:5000/a/b/c:v1.2_3-x", "10.0.0.1:5000/a/b/c:v1.2_3-x"),
    (
      "10.16.10.111/release.daocloud.io/kpanda/x:1", "10.16.10.111/release.daocloud.io/kpanda/x:1",
      "10.16.10.111/release.daocloud.io/kpanda/x:1"
    ),
    ("[::1]:5000/a:1", "[::1]:5000/a:1", "[::1]:5000/a:1"),
    ("Host/a:1", "Host/a:1", "Host/a:1"),
    ("a__b-d---e/x.y:T", "docker.io/a__b-d---e/x.y:T", "a__b-d---e/x.y:T"),
    ("r.io/a:1@\(digest)", "r.io/a:1@\(digest)", "r.io/a:1@\(digest)"),
    ("a@\(digest)", "docker.io/library/a@\(digest)", "a@\(digest)"),
  ])
  func normalises(text: String, full: String, familiar: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.description == full)
    #expect(reference.familiar == familiar)
    #expect(try ImageReference(reference.familiar) == reference)
    #expect(try ImageReference(full) == reference)
  }

  @Test(arguments: [
    "", "a/b:1;$(touch x)", "a b", "A", "a:", ":1", "a//b", "/a", "a/", "a/-b", "a_.b", "a___b", "a..b",
    "a:-1",
    "a:1:2", "a@sha256:12", "a@sha512:" + String(repeating: "a", count: 128), "-a.io/b", "a.io:port/b",
    "a\n:1", "a:1\u{0}", "ü/b", "[zz]/a", "r.io/" + String(repeating: "a", count: 255),
    "a:" + String(repeating: "t", count: 129), String(repeating: "a", count: 64), "r.io:999999/a",
  ])
  func refuses(text: String) {
    let error = failure { _ = try ImageReference(text) }
    #expect(error?.code == .badReference)
  }

  @Test func saysWhatItRefused() {
    let error = failure { _ = try ImageReference("a/b:1;$(touch\u{1b}[2J x)") }
    #expect(error?.message == #"not an image reference: a/b:1;$(touch\u{1b}[2J x): its tag is not valid"#)
  }

  @Test func addsLatestOnlyWhereNothingIsSaid() throws {
    #expect(try ImageReference("a").orLatest.description == "docker.io/library/a:latest")
    #expect(try ImageReference("a:1").orLatest.description == "docker.io/library/a:1")
    #expect(try ImageReference("a@" + Self.digest).orLatest.tag == nil)
  }
}

@Suite struct DigestTests {
  @Test func readsAndWrites() throws {
    let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(try Digest(text).description == text)
    #expect(try Digest(text) == Digest(of: []))
    #expect(Digest(of: []).short == "e3b0c44298fc")
    #expect(MemoryLayout<Digest>.size == 32)
  }

  @Test(arguments: [
    "", "sha256:", "sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550",
    "sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  ])
  func refuses(text: String) {
    #expect(failure { _ = try Digest(text) }?.code == .badDigest)
  }

  /// The example of the OCI Image Specification, "Layer ChainID", by its definition.
  @Test func chainsLayers() {
    let a = Digest(of: [1])
    let b = Digest(of: [2])
    #expect(ArchivedImage.chainIDs([a, b]) == [a, Digest(of: Array("\(a) \(b)".utf8))])
    #expect(ArchivedImage.chainIDs([]).isEmpty)
  }
}

@Suite struct PlatformTests {
  @Test func readsAndCompares() throws {
    #expect(try Platform("linux/arm/v7").description == "linux/arm/v7")
    #expect(try Platform("linux/arm").accepts(Platform("linux/arm/v7")))
    #expect(try !Platform("linux/arm/v6").accepts(Platform("linux/arm/v7")))
    for text in ["linux", "linux/", "a/b/c/d", "linux/amd64;x", ""] {
      #expect(failure { _ = try Platform(text) }?.code == .badPlatform)
    }
  }
}
