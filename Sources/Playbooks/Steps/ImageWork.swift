import Documents

/// A bundle and the names that its images shall have: what check, load and verify work towards.
public struct ImageWork: Sendable, Equatable {
  /// An absolute path.
  public let bundle: String
  public let registry: String?
  /// `FROM=TO`.
  public let retags: [String]
  public let dropOriginal: Bool
  /// `containerd` or `docker`; nil for each node's own.
  public let runtime: String?
  public let namespace: String?
  public let platform: String?

  init(_ keys: inout Keys, bundle: String) {
    self.bundle = bundle
    registry = keys.optional(
      "registry", .filledText,
      "Also name every image under this registry, which may carry a project: 10.0.0.1/release.example.io.")
    retags = keys.optional(
      "retag", .list(of: .rule, single: true), default: [],
      "Also name images under TO where their name begins with FROM: FROM=TO.")
    dropOriginal = keys.optional(
      "drop_original", .flag, default: false, "Do not keep the original names where a new one is given.",
      shown: .bool(false))
    runtime = keys.optional(
      "runtime", .choice(["containerd", "docker"].map { ($0, $0) }),
      "The runtime on nodes that have both; otherwise the one the kubelet uses.")
    namespace = keys.optional("namespace", .filledText, "containerd's namespace.")
    platform = keys.optional(
      "platform", .filledText, "The platform to take from an archive that has several, such as linux/arm64.")
  }

  static func shape(_ what: String) -> Shape<ImageWork> {
    .object(what) { keys in
      let bundle = keys.required("bundle", .path, bundleText)
      return ImageWork(&keys, bundle: bundle)
    }
  }

  fileprivate static let bundleText = "A bundle, an images.tar, or an OCI layout."
}

/// What `load` does beyond names.
public struct LoadWork: Sendable, Equatable {
  public let images: ImageWork
  public let pin: Bool
  /// Send everything, whatever the node has.
  public let full: Bool

  static let shape = Shape<LoadWork>.object("load") { keys in
    let bundle = keys.required("bundle", .path, ImageWork.bundleText)
    let images = ImageWork(&keys, bundle: bundle)
    let pin = keys.optional(
      "pin", .flag, default: false, "Pin the images, so that the kubelet does not collect them.",
      shown: .bool(false))
    let full = keys.optional(
      "full", .flag, default: false, "Send everything, whatever the node has.", shown: .bool(false))
    return LoadWork(images: images, pin: pin, full: full)
  }
}

enum CheckShape {
  static let shape = Shape<ImageWork?>.object("check") { keys in
    let bundle = keys.optional("bundle", .path, "The bundle that is to be loaded later.")
    let images = ImageWork(&keys, bundle: bundle ?? "")
    return bundle == nil ? nil : images
  }
}

extension Shape where Output == String {
  /// `FROM=TO`; the rule itself is read where images are.
  fileprivate static var rule: Shape {
    Shape(schema: Schema.type("string").with("pattern", .string("=|[$][{][{]")), placeholder: "") {
      node, reading in
      let text = filledText.read(node, &reading)
      if !text.isEmpty, !text.contains("="), !text.contains(Template.opening) {
        reading.problem(.badValue, "a retag rule is FROM=TO", line: node.line)
      }
      return text
    }
  }
}
