import Images

/// A line of `hints.yaml`: where a chart's values name an image, as a template of the name:
/// `{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}`.
struct HintTemplate: Sendable, Equatable {
  /// A dotted key of the values, split.
  typealias Key = [String]

  /// The keys that together are the image's name; joined by slashes.
  let name: [Key]
  /// What follows the name, such as `:{{ .tag }}`: the keys in it.
  let suffix: [Key]
  /// The line as it is written.
  let text: String

  /// Throws `bad-chart` for a template that gantry could not write back to.
  init(_ text: String) throws(RegistryError) {
    self.text = text
    var name: [Key] = []
    var suffix: [Key] = []
    var inSuffix = false
    var rest = text[...]
    while !rest.isEmpty {
      if rest.hasPrefix("{{") {
        guard let end = rest.firstRange(of: "}}") else { throw Self.refused(text) }
        let inner = rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound].filter { $0 != " " }
        guard inner.hasPrefix("."), inner.count > 1, inner.allSatisfy(Self.isPlain) else {
          throw Self.refused(text)
        }
        let key = inner.dropFirst().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard key.allSatisfy({ !$0.isEmpty }) else { throw Self.refused(text) }
        if inSuffix { suffix.append(key) } else { name.append(key) }
        rest = rest[end.upperBound...]
      } else {
        let literal = rest.removeFirst()
        switch literal {
        case "/" where !inSuffix && !name.isEmpty && rest.hasPrefix("{{"): break
        case ":" where !name.isEmpty, "@" where !name.isEmpty: inSuffix = true
        default:
          // Literal text of a name could not be changed; in a tag it need not be.
          guard inSuffix else { throw Self.refused(text) }
        }
      }
    }
    guard !name.isEmpty else { throw Self.refused(text) }
    self.name = name
    self.suffix = suffix
  }

  private static func isPlain(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
  }

  private static func refused(_ text: String) -> RegistryError {
    RegistryError(
      .badChart, "hints.yaml: not a template that can be followed: \(MessageText.shown(text))",
      hint: "it is {{ .registry.key }}/{{ .repository.key }}:{{ .tag.key }}, or fewer keys")
  }

  /// What the values of the name's keys have to be, for another name in their place.
  ///
  /// - Parameters:
  ///   - values: what the keys hold now, in the order of ``name``.
  ///   - relocate: from the name without its tag to the new one.
  func assignments(
    _ values: [String], relocate: (ImageReference) throws(RegistryError) -> RelocationRules.Relocated
  ) throws(RegistryError) -> [(key: Key, value: String)] {
    let joined = values.map { $0.split(separator: "/").joined(separator: "/") }.filter { !$0.isEmpty }
      .joined(separator: "/")
    let original: ImageReference
    do throws(ImageError) {
      original = try ImageReference(joined)
    } catch {
      throw RegistryError(
        .badChart, "the values that \(MessageText.shown(text)) names give no image: \(error.message)",
        hint: "look at the bundle's hints.yaml and values.yaml")
    }
    let new = try relocate(original)
    if name.count == 1 {
      // One key for everything, perhaps with the tag in it.
      let suffix = new.reference.tag.map { ":" + $0 } ?? new.reference.digest.map { "@\($0)" } ?? ""
      return [(name[0], new.registry + "/" + new.repository + suffix)]
    }
    var result = [(key: name[0], value: new.registry)]
    var path = new.repository.split(separator: "/").map(String.init)
    for index in name.indices.dropFirst() {
      let left = name.count - index
      // Each key but the first of the path takes one segment, counted from the end.
      let take = index == 1 ? path.count - (left - 1) : 1
      guard take > 0, path.count >= take else {
        throw RegistryError(
          .badChart, "\(new.repository) has too few parts for \(MessageText.shown(text))")
      }
      result.append((name[index], path.prefix(take).joined(separator: "/")))
      path.removeFirst(take)
    }
    return result
  }
}
