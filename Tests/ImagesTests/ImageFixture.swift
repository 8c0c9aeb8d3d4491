@testable import Images

/// A small image, and the archives that different tools would make of some.
struct ImageFixture: Sendable {
  var names: [String]
  /// Uncompressed layers, the base first.
  var layers: [[UInt8]]
  var os = "linux"
  var architecture = "amd64"
  var compression = Compression.gzip

  init(_ names: [String], layers: [[UInt8]], architecture: String = "amd64") {
    self.names = names
    self.layers = layers
    self.architecture = architecture
  }

  /// A layer: a tar with one file; the same seed gives the same layer.
  static func layer(_ seed: String, size: Int = 700) -> [UInt8] {
    var tar = TarBuilder()
    var state = UInt64(Digest(of: Array(seed.utf8)).words.0)
    let content = (0..<size).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    tar.file("etc/" + seed, content)
    return tar.finished
  }

  var config: [UInt8] {
    let diffIDs = layers.map { #""\#(Digest(of: $0))""# }.joined(separator: ",")
    return Array(
      #"{"architecture":"\#(architecture)","os":"\#(os)","rootfs":{"type":"layers","diff_ids":[\#(diffIDs)]}}"#
        .utf8)
  }

  var imageID: Digest { Digest(of: config) }
  var blobs: [[UInt8]] { layers.map(compression.compress) }

  var manifest: [UInt8] {
    let layers = blobs.map {
      #"{"mediaType":"\#(compression.layerMediaType)","digest":"\#(Digest(of: $0))","size":\#($0.count)}"#
    }
    let config =
      #"{"mediaType":"\#(MediaType.ociConfig)","digest":"\#(imageID)","size":\#(self.config.count)}"#
    return Array(
      #"{"schemaVersion":2,"config":\#(config),"layers":[\#(layers.joined(separator: ","))]}"#.utf8)
  }

  /// Two images that share their base layer.
  static var pair: [ImageFixture] {
    [
      ImageFixture(["release.example.io/kpanda/api:v1"], layers: [layer("base"), layer("api")]),
      ImageFixture(
        ["release.example.io/kpanda/ui:v1", "docker.io/library/ui:2"], layers: [layer("base"), layer("ui")]),
    ]
  }
}

/// The form of an archive of images.
enum ArchiveForm: String, CaseIterable, Sendable {
  case chartsSyncer, skopeo, dockerLegacy, docker25, ociLayout

  func archive(_ images: [ImageFixture]) -> [UInt8] {
    switch self {
    case .chartsSyncer: chartsSyncer(images)
    case .skopeo: skopeo(images)
    case .dockerLegacy: dockerLegacy(images)
    case .docker25:
      layout(
        images.map {
          var image = $0
          image.compression = .none
          return image
        }, docker: true)
    case .ociLayout: layout(images, docker: false)
    }
  }

  private func entry(_ image: ImageFixture, config: String, layers: [String]) -> String {
    let names = image.names.map { "\"\($0)\"" }.joined(separator: ",")
    let paths = layers.map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"Config":"\#(config)","RepoTags":[\#(names)],"Layers":[\#(paths)]}"#
  }

  private func chartsSyncer(_ images: [ImageFixture]) -> [UInt8] {
    var tar = TarBuilder()
    var written: Set<String> = []
    var entries: [String] = []
    for image in images {
      tar.file("sha256:" + image.imageID.hex, image.config)
      let paths = image.blobs.map { Digest(of: $0).hex + ".tar.gz" }
      for (path, blob) in zip(paths, image.blobs) where written.insert(path).inserted { tar.file(path, blob) }
      entries.append(entry(image, config: "sha256:" + image.imageID.hex, layers: paths))
    }
    tar.file("manifest.json", "[\(entries.joined(separator: ","))]")
    return tar.finished
  }

  private func skopeo(_ images: [ImageFixture]) -> [UInt8] {
    var tar = TarBuilder()
    var written: Set<String> = []
    var entries: [String] = []
    for image in images {
      let paths = image.layers.map { Digest(of: $0).hex + ".tar" }
      for (path, layer) in zip(paths, image.layers) where written.insert(path).inserted {
        tar.file(path, layer)
      }
      tar.file(image.imageID.hex + ".json", image.config)
      entries.append(entry(image, config: image.imageID.hex + ".json", layers: paths))
    }
    tar.file("manifest.json", "[\(entries.joined(separator: ","))]")
    return tar.finished
  }

  /// A folder per layer, with links to layers that are there already.
  private func dockerLegacy(_ images: [ImageFixture]) -> [UInt8] {
    var tar = TarBuilder()
    var places: [Digest: String] = [:]
    var entries: [String] = []
    for image in images {
      var paths: [String] = []
      for (index, layer) in image.layers.enumerated() {
        let folder = Digest(of: Array("\(image.imageID)\(index)".utf8)).hex
        tar.folder(folder)
        tar.file(folder + "/VERSION", "1.0")
        if let place = places[Digest(of: layer)] {
          if index == 0 {
            tar.symlink(folder + "/layer.tar", to: "../" + place)
          } else {
            tar.hardlink(folder + "/layer.tar", to: place)
          }
        } else {
          tar.file(folder + "/layer.tar", layer)
          places[Digest(of: layer)] = folder + "/layer.tar"
        }
        paths.append(folder + "/layer.tar")
      }
      tar.file(image.imageID.hex + ".json", image.config)
      entries.append(entry(image, config: image.imageID.hex + ".json", layers: paths))
    }
    tar.file("manifest.json", "[\(entries.joined(separator: ","))]")
    tar.file("repositories", "{}")
    return tar.finished
  }

  private func layout(_ images: [ImageFixture], docker: Bool) -> [UInt8] {
    var tar = TarBuilder()
    tar.folder("blobs")
    tar.folder("blobs/sha256")
    var written: Set<Digest> = []
    func blob(_ content: [UInt8]) {
      let digest = Digest(of: content)
      if written.insert(digest).inserted { tar.file("blobs/sha256/" + digest.hex, content) }
    }
    var descriptors: [String] = []
    var entries: [String] = []
    for image in images {
      image.blobs.forEach(blob)
      blob(image.config)
      blob(image.manifest)
      descriptors += image.names.map { descriptor(image, name: $0) }
      let paths = image.blobs.map { "blobs/sha256/" + Digest(of: $0).hex }
      entries.append(entry(image, config: "blobs/sha256/" + image.imageID.hex, layers: paths))
    }
    tar.file("index.json", #"{"schemaVersion":2,"manifests":[\#(descriptors.joined(separator: ","))]}"#)
    if docker { tar.file("manifest.json", "[\(entries.joined(separator: ","))]") }
    tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
    return tar.finished
  }

  func descriptor(_ image: ImageFixture, name: String) -> String {
    #"{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest(of: image.manifest))","#
      + #""size":\#(image.manifest.count),"annotations":{"io.containerd.image.name":"\#(name)"}}"#
  }
}

/// A module's bundle and its download form.
enum BundleFixture {
  static let chart = [
    "Chart.yaml": "apiVersion: v2\nname: kpanda\nversion: \"0.28.0\" # here\n", "values.yaml": "a: 1\n",
  ]
  static let hints = "- \"{{ .global.registry }}/{{ .image.repository }}:{{ .image.tag }}\"\n- '{{ .b }}'\n"

  static func bundle(images: [UInt8]?, name: String = "images.tar") -> [UInt8] {
    var tar = TarBuilder()
    tar.file("hints.yaml", hints)
    for (path, text) in chart.sorted(by: { $0.key < $1.key }) { tar.file("original-chart/" + path, text) }
    if let images { tar.file(name, images) }
    return tar.finished
  }

  static func download(bundle: [UInt8], name: String = "kpanda_0.28.0.bundle.tar") -> [UInt8] {
    var tar = TarBuilder()
    tar.file("./" + name, bundle)
    return tar.finished
  }
}
