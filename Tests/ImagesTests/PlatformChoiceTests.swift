import Testing

@testable import Images

@Suite struct PlatformChoiceTests {
  /// A layout with one index of several platforms, an attestation among them.
  private func layout(_ architectures: [String], flat: Bool = false, present: [String]? = nil) -> [UInt8] {
    var tar = TarBuilder()
    tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
    var children: [String] = []
    for (position, architecture) in architectures.enumerated() {
      let layer = ImageFixture.layer("\(architecture)\(position)")
      let os = architecture == "windows" ? architecture : "linux"
      let image = ImageFixture([], layers: [layer], architecture: architecture)
      if present?.contains(architecture) ?? true {
        for blob in image.blobs + [image.config, image.manifest] {
          tar.file("blobs/sha256/" + Digest(of: blob).hex, blob)
        }
      }
      let name = flat ? #","annotations":{"io.containerd.image.name":"r.io/a:1"}"# : ""
      children.append(
        #"{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest(of: image.manifest))","#
          + #""size":\#(image.manifest.count),"platform":{"os":"\#(os)","architecture":"\#(architecture)"}\#(name)}"#
      )
    }
    children.append(
      #"{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest(of: [1]))","size":1,"#
        + #""annotations":{"vnd.docker.reference.type":"attestation-manifest"},"#
        + #""platform":{"os":"unknown","architecture":"unknown"}}"#)
    let index = #"{"schemaVersion":2,"manifests":[\#(children.joined(separator: ","))]}"#
    if flat {
      tar.file("index.json", index)
    } else {
      let bytes = Array(index.utf8)
      tar.file("blobs/sha256/" + Digest(of: bytes).hex, bytes)
      tar.file(
        "index.json",
        #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.ociIndex)","digest":"\#(Digest(of: bytes))","#
          + #""size":\#(bytes.count),"annotations":{"org.opencontainers.image.ref.name":"r.io/a:1"}}]}"#)
    }
    return tar.finished
  }

  @Test(
    arguments: [
      (["arm64", "amd64"], nil, nil, "amd64"), (["arm64"], nil, nil, "arm64"),
      (["arm64", "amd64"], "linux/arm64", nil, "arm64"), (["arm64", "amd64"], nil, ["amd64"], "amd64"),
      (["windows", "windows", "amd64"], nil, nil, "amd64"),
    ] as [([String], String?, [String]?, String)], [false, true])
  func chooses(row: (there: [String], wanted: String?, present: [String]?, expected: String), flat: Bool)
    throws
  {
    var options = ImageArchive.Options()
    options.platform = try row.wanted.map { try Platform($0) }
    let archive = try open(
      layout(row.there, flat: flat, present: row.present), in: TemporaryFolder(), options: options)
    #expect(archive.images.map(\.platform.architecture) == [row.expected])
    #expect(archive.images[0].references.map(\.description) == ["r.io/a:1"])
  }

  /// Indexes that refer to each other are gone through once.
  @Test func indexesWithinOneAnother() throws {
    let image = ImageFixture([], layers: [ImageFixture.layer("x")])
    var tar = TarBuilder()
    tar.file("oci-layout", "{}")
    for blob in image.blobs + [image.config, image.manifest] {
      tar.file("blobs/sha256/" + Digest(of: blob).hex, blob)
    }
    func descriptor(_ bytes: [UInt8], _ type: String) -> String {
      #"{"mediaType":"\#(type)","digest":"\#(Digest(of: bytes))","size":\#(bytes.count)}"#
    }
    var below = descriptor(image.manifest, MediaType.ociManifest)
    for _ in 0..<40 {
      let index = Array(#"{"manifests":[\#(below),\#(below)]}"#.utf8)
      tar.file("blobs/sha256/" + Digest(of: index).hex, index)
      below = descriptor(index, MediaType.ociIndex)
    }
    tar.file("index.json", #"{"manifests":[\#(below)]}"#)
    #expect(try open(tar.finished, in: TemporaryFolder()).images.map(\.imageID) == [image.imageID])
  }

  @Test(arguments: [false, true])
  func asksWhereItIsUnclear(flat: Bool) throws {
    let folder = try TemporaryFolder()
    let error = failure { _ = try open(layout(["arm64", "s390x"], flat: flat), in: folder) }
    #expect(error?.code == .badPlatform)
    #expect(error?.message == "r.io/a:1 is there for several platforms: linux/arm64, linux/s390x")
  }

  @Test(arguments: ArchiveForm.allCases)
  func refusesAnotherPlatform(form: ArchiveForm) throws {
    var options = ImageArchive.Options()
    options.platform = try Platform("linux/arm64")
    let folder = try TemporaryFolder()
    let error = failure { _ = try open(form.archive(ImageFixture.pair), in: folder, options: options) }
    #expect(error?.code == .badPlatform)
  }
}
