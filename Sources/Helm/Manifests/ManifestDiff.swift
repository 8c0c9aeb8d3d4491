import Documents

/// How a release's objects change, object by object.
public enum ManifestDiff {
  /// Unified, secrets masked, in the order of the new manifest, what goes last; nil where nothing differs.
  ///
  /// - Parameter values: trees whose secrets are to be masked wherever they appear.
  public static func text(_ old: Manifest, _ new: Manifest, secretsOf values: [Value]) -> String? {
    let mask = SecretMask(secretsOf: values)
    var before: [String: Value] = [:]
    for resource in old.resources { before[key(resource)] = resource.value }
    var parts: [String] = []
    var seen: Set<String> = []
    for resource in new.resources where seen.insert(key(resource)).inserted {
      let other = before[key(resource)]
      let old = other.map { lines(mask.masked($0, other: resource.value, word: "old")) } ?? []
      let new = lines(mask.masked(resource.value, other: other, word: "new"))
      let name = key(resource)
      if let part = UnifiedDiff.text(old, new, names: (other == nil ? "/dev/null" : name, name)) {
        parts.append(part)
      }
    }
    for resource in old.resources where seen.insert(key(resource)).inserted {
      let lines = lines(mask.masked(resource.value))
      if let part = UnifiedDiff.text(lines, [], names: (key(resource), "/dev/null")) { parts.append(part) }
    }
    return parts.isEmpty ? nil : parts.joined(separator: "\n")
  }

  private static func key(_ resource: Manifest.Resource) -> String {
    let group = resource.apiVersion.split(separator: "/").dropLast().first.map { ".\($0)" } ?? ""
    let kind = resource.kind + group
    return resource.namespace.map { "\(kind) \($0)/\(resource.name)" } ?? "\(kind) \(resource.name)"
  }

  private static func lines(_ value: Value) -> [String] {
    YAMLWriter.text(value).split(separator: "\n").map(String.init)
  }
}
