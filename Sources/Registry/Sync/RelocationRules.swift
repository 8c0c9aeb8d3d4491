import Images

/// Which name an image has in the target, by the fields of a `load-image.yaml`; the table of charts-syncer, exactly.
///
/// | fields | `release.daocloud.io/clusterpedia/apiserver:T` becomes |
/// | --- | --- |
/// | containerRegistry R | `R/clusterpedia/apiserver:T` |
/// | and containerRepository P | `R/P/apiserver:T` |
/// | containerPrefixRegistry R | `R/release.daocloud.io/clusterpedia/apiserver:T` |
/// | and appendOriginRegistry | the same; the chart's `registry` becomes `R/release.daocloud.io` |
/// | containerPrefixRepository Q | `release.daocloud.io/Q/clusterpedia/apiserver:T` |
public struct RelocationRules: Sendable, Equatable {
  /// A name in the target, and how a chart's values divide it.
  public struct Relocated: Sendable, Equatable {
    /// The whole name.
    public let reference: ImageReference
    /// What a chart's `registry` is set to; may carry a path.
    public let registry: String
    /// What a chart's `repository` is set to.
    public let repository: String
  }

  private enum Form: Equatable {
    case registry(String)
    case lastSegment(String, below: String)
    case prefix(String, keepsOrigin: Bool)
    case prefixRepository(String)
  }

  private let form: Form

  /// Reads the fields; throws `config-value` where they contradict each other or are no names.
  public init(_ config: SyncConfig) throws(RegistryError) {
    try self.init(
      registry: config.containerRegistry, repository: config.containerRepository,
      prefixRegistry: config.containerPrefixRegistry, prefixRepository: config.containerPrefixRepository,
      appendOriginRegistry: config.appendOriginRegistry)
  }

  /// The same, from the fields themselves; empty ones are not set.
  public init(
    registry: String = "", repository: String = "", prefixRegistry: String = "",
    prefixRepository: String = "",
    appendOriginRegistry: Bool = false
  ) throws(RegistryError) {
    let registry = Self.trimmed(registry)
    let repository = Self.trimmed(repository)
    let prefixRegistry = Self.trimmed(prefixRegistry)
    let prefixRepository = Self.trimmed(prefixRepository)
    let leading = [registry, prefixRegistry, prefixRepository].filter { !$0.isEmpty }
    guard leading.count == 1 else {
      throw RegistryError(
        .configValue,
        leading.isEmpty
          ? "target says no registry for the images"
          : "target has more than one of containerRegistry, containerPrefixRegistry and containerPrefixRepository",
        hint: "set one of the three")
    }
    guard repository.isEmpty || !registry.isEmpty else {
      throw RegistryError(.configValue, "target.containerRepository needs target.containerRegistry")
    }
    guard !appendOriginRegistry || !prefixRegistry.isEmpty else {
      throw RegistryError(.configValue, "target.appendOriginRegistry needs target.containerPrefixRegistry")
    }
    if !registry.isEmpty {
      form = repository.isEmpty ? .registry(registry) : .lastSegment(registry, below: repository)
    } else if !prefixRegistry.isEmpty {
      form = .prefix(prefixRegistry, keepsOrigin: appendOriginRegistry)
    } else {
      form = .prefixRepository(prefixRepository)
    }
    // A name that no image could have is told now, not at the first image.
    let probe = try relocated(try Self.reference("registry.example/path/name:tag"))
    guard prefixRepository.isEmpty, let host = host else { return }
    guard probe.reference.registry == host else {
      throw RegistryError(
        .configValue, "not a registry: \(MessageText.shown(registry + prefixRegistry))",
        hint: "write a host with a dot or a port: 10.0.0.1 or registry.example:5000")
    }
  }

  /// The registry that all images go to; nil where each stays at its own.
  public var host: String? {
    switch form {
    case .registry(let name), .lastSegment(let name, _), .prefix(let name, _):
      String(name.prefix { $0 != "/" })
    case .prefixRepository: nil
    }
  }

  /// The name of an image in the target. Throws `config-value` where it would be no valid name.
  public func relocated(_ original: ImageReference) throws(RegistryError) -> Relocated {
    let registry: String
    let repository: String
    switch form {
    case .registry(let target):
      registry = target
      repository = original.path
    case .lastSegment(let target, let below):
      registry = target
      repository = below + "/" + (original.path.split(separator: "/").last ?? "")
    case .prefix(let target, keepsOrigin: true):
      registry = target + "/" + Self.pathForm(original.registry)
      repository = original.path
    case .prefix(let target, keepsOrigin: false):
      registry = target
      repository = Self.pathForm(original.registry) + "/" + original.path
    case .prefixRepository(let prefix):
      registry = original.registry
      repository = prefix + "/" + original.path
    }
    let suffix = (original.tag.map { ":" + $0 } ?? "") + (original.digest.map { "@\($0)" } ?? "")
    return Relocated(
      reference: try Self.reference("\(registry)/\(repository)\(suffix)"), registry: registry,
      repository: repository)
  }

  /// A registry's name as part of a path, where a colon has no place.
  private static func pathForm(_ registry: String) -> String { registry.replacing(":", with: "-") }

  private static func reference(_ text: String) throws(RegistryError) -> ImageReference {
    do throws(ImageError) {
      return try ImageReference(text)
    } catch {
      throw RegistryError(.configValue, error.message, hint: "look at the container… fields under target")
    }
  }

  /// Without a scheme and without slashes around it.
  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
    while text.hasSuffix("/") { text = text.dropLast() }
    while text.hasPrefix("/") { text = text.dropFirst() }
    return String(text)
  }
}
