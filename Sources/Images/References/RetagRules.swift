/// Which names an image gets on the nodes: its own, and those that charts rendered for another registry ask for.
///
/// The wanted names of an image are, in this order and each once: its own names (unless ``dropOriginal``), each
/// own name under the first ``Rule`` that matches it, and each own name under ``registry``.
public struct RetagRules: Sendable, Equatable {
  /// One `--retag FROM=TO`.
  public struct Rule: Sendable, Equatable {
    /// What a name begins with, up to a `/`: a registry, a registry and path, a name, or a complete reference.
    public let from: String
    /// What stands there instead.
    public let to: String

    /// Reads `FROM=TO`; throws `bad-retag` where `TO` could never give a valid name.
    public init(_ text: String) throws(ImageError) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let from = Self.prefix(parts[0]), let to = Self.prefix(parts[1]) else {
        throw ImageError(
          .badRetag, "not a retag rule: \(ImageError.shown(text))",
          hint: "write it as FROM=TO, such as quay.io=10.0.0.1/quay.io")
      }
      self.from = from
      self.to = to
      guard Self.isReference(to) || Self.isReference(to + "/x:t") else {
        throw ImageError(.badRetag, "the target of the retag rule is not valid: \(ImageError.shown(text))")
      }
    }

    private static func prefix(_ text: Substring) -> String? {
      let trimmed = text.hasSuffix("/") ? text.dropLast() : text
      return trimmed.isEmpty ? nil : String(trimmed)
    }

    private static func isReference(_ text: String) -> Bool { (try? ImageReference(text)) != nil }

    /// The name under this rule; nil where it does not match.
    func applied(to reference: ImageReference) throws(ImageError) -> ImageReference? {
      for name in [reference.name, reference.familiarName] {
        let replaced: String
        if from == name + reference.suffix {
          // A target without a tag keeps the one that the name had.
          replaced = (try? ImageReference(to))?.suffix == "" ? to + reference.suffix : to
        } else if from == name {
          replaced = to + reference.suffix
        } else if name.hasPrefix(from + "/") {
          replaced = to + name.dropFirst(from.count) + reference.suffix
        } else {
          continue
        }
        return try RetagRules.renamed(reference, to: replaced)
      }
      return nil
    }
  }

  /// The `--registry` that every image also gets a name under, perhaps with a project: `10.0.0.1/quay.io`.
  public let registry: String?
  /// The `--retag` rules; the first that matches a name wins.
  public let rules: [Rule]
  /// Whether the images' own names are left out.
  public let dropOriginal: Bool

  /// Keeps the images' own names and gives no others.
  public static let none = RetagRules()

  private init() {
    registry = nil
    rules = []
    dropOriginal = false
  }

  /// Makes rules from the options' texts; throws `bad-retag`.
  public init(registry: String?, rules: [String] = [], dropOriginal: Bool = false) throws(ImageError) {
    self.registry = try registry.map { text throws(ImageError) in try Self.checked(registry: text) }
    var parsed: [Rule] = []
    for rule in rules { parsed.append(try Rule(rule)) }
    self.rules = parsed
    self.dropOriginal = dropOriginal
  }

  /// The wanted names of one image, in order and each once.
  ///
  /// Throws `unnamed-image` where there is none, and `bad-retag` where a rule gives an invalid name.
  public func names(for image: ArchivedImage) throws(ImageError) -> [ImageReference] {
    var names: [ImageReference] = dropOriginal ? [] : image.references
    for reference in image.references {
      for rule in rules {
        guard let renamed = try rule.applied(to: reference) else { continue }
        names.append(renamed)
        break
      }
    }
    for rule in rules where rule.from == image.imageID.description {
      names.append(try Self.renamed(nil, to: rule.to).orLatest)
    }
    if let registry {
      for reference in image.references {
        names.append(try Self.renamed(reference, to: registry + "/" + reference.path + reference.suffix))
      }
    }
    var seen: Set<ImageReference> = []
    let unique = names.filter { seen.insert($0).inserted }
    guard !unique.isEmpty else {
      throw image.references.isEmpty
        ? ImageError(
          .unnamedImage, "image \(image.imageID.short) has no name",
          hint: "give it one: --retag \(image.imageID)=REGISTRY/NAME:TAG")
        : ImageError(.badRetag, "no name is left for \(image.title): its own are dropped and no rule matches")
    }
    return unique
  }

  /// The wanted names of all images; throws `bad-retag`, naming both, where two images end up under one name.
  public func names(for images: [ArchivedImage]) throws(ImageError) -> WantedNames {
    var byImage: [Digest: [ImageReference]] = [:]
    var owners: [ImageReference: ArchivedImage] = [:]
    for image in images {
      let names = try names(for: image)
      for name in names {
        if let other = owners.updateValue(image, forKey: name), other.imageID != image.imageID {
          throw ImageError(
            .badRetag, "two images would both be named \(name): \(other.title) and \(image.title)",
            hint: "let the rules keep the part of the names that tells them apart")
        }
      }
      byImage[image.imageID] = names
    }
    return WantedNames(byImage: byImage)
  }

  private static func checked(registry text: String) throws(ImageError) -> String {
    let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
    guard let reference = try? ImageReference(trimmed + "/x:t"), reference.description == trimmed + "/x:t"
    else {
      throw ImageError(
        .badRetag, "not a registry: \(ImageError.shown(text))",
        hint: "write a host with a dot or a port, perhaps with a project: 10.0.0.1/quay.io")
    }
    return trimmed
  }

  private static func renamed(_ reference: ImageReference?, to text: String) throws(ImageError)
    -> ImageReference
  {
    do throws(ImageError) {
      return try ImageReference(text)
    } catch {
      let origin = reference.map { "\($0) would become" } ?? "the rule gives"
      throw ImageError(.badRetag, "\(origin) \(ImageError.shown(text)), which is not an image reference")
    }
  }
}
