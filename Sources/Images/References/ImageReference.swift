/// The name of an image, in the normal form that docker and containerd store.
///
/// The grammar is that of `distribution/reference`, read strictly; the normal form is Docker's: a name without a
/// registry belongs to `docker.io`, and one without a namespace there to `library`. What is no reference is
/// refused, so a reference is safe to put into a command line or a file name's text.
public struct ImageReference: Hashable, Sendable {
  /// The registry's host and port, such as `docker.io` or `10.0.0.1:5000`.
  public let registry: String
  /// The path within the registry, such as `library/busybox`.
  public let path: String
  /// The tag, where there is one.
  public let tag: String?
  /// The manifest's digest, where the name carries one.
  public let digest: Digest?

  /// Reads a reference in any form that docker accepts; throws `bad-reference`.
  ///
  /// No tag is added where none is given: see ``orLatest``.
  public init(_ text: String) throws(ImageError) {
    var rest = text[...]
    var digest: Digest?
    if let at = rest.firstIndex(of: "@") {
      do throws(ImageError) {
        digest = try Digest(rest[rest.index(after: at)...])
      } catch {
        throw Self.refused(text, "only sha256 digests are accepted")
      }
      rest = rest[..<at]
    }
    var tag: String?
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
      let candidate = rest[rest.index(after: colon)...]
      guard ReferenceGrammar.isTag(candidate) else { throw Self.refused(text, "its tag is not valid") }
      tag = String(candidate)
      rest = rest[..<colon]
    }
    let (registry, path) = Self.split(rest)
    guard ReferenceGrammar.isDomain(registry[...]) else {
      throw Self.refused(text, "its registry is not valid")
    }
    guard ReferenceGrammar.isPath(path[...]) else { throw Self.refused(text, "its path is not valid") }
    guard registry.utf8.count + 1 + path.utf8.count <= ReferenceGrammar.longestName else {
      throw Self.refused(text, "it is too long")
    }
    guard Digest(hex: rest) == nil else {
      throw Self.refused(text, "64 hexadecimal digits are an ID, not a name")
    }
    self.init(registry: registry, path: path, tag: tag, digest: digest)
  }

  init(registry: String, path: String, tag: String?, digest: Digest?) {
    self.registry = registry
    self.path = path
    self.tag = tag
    self.digest = digest
  }

  /// Registry and path, without tag and digest: `docker.io/library/busybox`.
  public var name: String { registry + "/" + path }

  /// The name as docker prints it: `busybox:1.34.1` for `docker.io/library/busybox:1.34.1`.
  public var familiar: String { familiarName + suffix }

  /// The name without tag and digest, as docker prints it.
  public var familiarName: String {
    guard registry == "docker.io" else { return name }
    let parts = path.split(separator: "/")
    return parts.count == 2 && parts[0] == "library" ? String(parts[1]) : path
  }

  /// The same reference, with the tag `latest` where it has neither tag nor digest.
  public var orLatest: ImageReference {
    tag == nil && digest == nil
      ? ImageReference(registry: registry, path: path, tag: "latest", digest: nil) : self
  }

  /// The reference with its tag only; nil where it has none.
  var tagged: ImageReference? {
    tag == nil ? nil : ImageReference(registry: registry, path: path, tag: tag, digest: nil)
  }

  /// The reference with its digest only; nil where it has none.
  var digested: ImageReference? {
    digest == nil ? nil : ImageReference(registry: registry, path: path, tag: nil, digest: digest)
  }

  var suffix: String {
    (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0.description } ?? "")
  }

  /// Tells the registry from the path as Docker does (`splitDockerDomain`).
  private static func split(_ text: Substring) -> (registry: String, path: String) {
    var registry = "docker.io"
    var path = String(text)
    if let slash = text.firstIndex(of: "/") {
      let first = text[..<slash]
      let isHost = first.contains { $0 == "." || $0 == ":" } || first == "localhost"
      if isHost || first.lowercased() != first {
        registry = first == "index.docker.io" ? "docker.io" : String(first)
        path = String(text[text.index(after: slash)...])
      }
    }
    if registry == "docker.io", !path.contains("/") { path = "library/" + path }
    return (registry, path)
  }

  private static func refused(_ text: String, _ reason: String) -> ImageError {
    ImageError(.badReference, "not an image reference: \(ImageError.shown(text)): \(reason)")
  }
}

extension ImageReference: CustomStringConvertible, Comparable {
  /// The full normal form: `docker.io/library/busybox:1.34.1`.
  public var description: String { name + suffix }

  /// The order of the full forms.
  public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}
