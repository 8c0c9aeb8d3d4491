import ArgumentParser

/// What to load and under which names: shared by load, check and verify.
struct ImageOptions: ParsableArguments {
  @Option(
    help: "Also name every image under this registry, which may carry a project: 10.0.0.1/release.example.io."
  )
  var registry: String?

  @Option(
    help: ArgumentHelp(
      "Also name images under TO where their name begins with FROM; may be repeated.", valueName: "from=to"))
  var retag: [String] = []

  @Flag(help: "Do not keep the original names where a new one is given.")
  var dropOriginal = false

  @Option(help: "containerd or docker, on nodes that have both; otherwise the one the kubelet uses.")
  var runtime: String?

  @Option(help: "containerd's namespace.")
  var namespace: String?

  @Option(help: "The platform to take from an archive that has several, such as linux/arm64.")
  var platform: String?

  func validate() throws {
    if let runtime, !["containerd", "docker"].contains(runtime) {
      throw ValidationError("--runtime is containerd or docker, not '\(runtime)'")
    }
    if let namespace, !Self.isNamespace(namespace) {
      throw ValidationError("--namespace: '\(namespace)' is no namespace")
    }
  }

  func settings(bundle: String) -> ImageSettings {
    ImageSettings(
      bundle: Paths.absolute(bundle), registry: registry, retags: retag, dropOriginal: dropOriginal,
      runtime: runtime,
      namespace: namespace, platform: platform)
  }

  /// containerd's rule for identifiers: letters and digits with single `-`, `_` or `.` between them, at most 76.
  static func isNamespace(_ text: String) -> Bool {
    text.utf8.count <= 76 && text.wholeMatch(of: /[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*/) != nil
  }
}

/// ``ImageOptions`` as the run record keeps them.
struct ImageSettings: Codable, Sendable, Equatable {
  var bundle: String
  var registry: String?
  var retags: [String]
  var dropOriginal: Bool
  var runtime: String?
  var namespace: String?
  var platform: String?
  var pin = false
  var full = false
  var dryRun = false
  /// The registry that nodes pull from; nil to send.
  var fromRegistry: String?
  var insecure: Bool?
  var caFile: String?
}
