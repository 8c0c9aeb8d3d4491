import Documents
import Helm

/// A chart repository's `index.yaml` (Helm, "The Chart Repository Guide", "The index file").
struct ChartIndex {
  private var entries: [(name: String, versions: [Value])] = []
  private var generated = ""

  /// An index of nothing.
  init() {}

  /// Takes up an index that is there; what is no index is taken for an empty one.
  init(_ value: Value?) {
    for (name, charts) in value?["entries"]?.members ?? [] {
      if case .array(let versions) = charts { entries.append((name, versions)) }
    }
  }

  /// Whether this very chart is in it.
  func contains(_ package: ChartPackage) -> Bool {
    let versions = entries.first { $0.name == package.name }?.versions ?? []
    return versions.contains {
      $0["version"] == .string(package.version) && $0["digest"] == .string(package.digest.hex)
    }
  }

  /// Puts a chart in, in the place of what had its name and version.
  mutating func add(_ package: ChartPackage, time: String) {
    var fields = package.metadata.members.map { Value.Member($0.name, $0.value) }
    fields += [
      Value.Member("created", .string(time)), Value.Member("digest", .string(package.digest.hex)),
      Value.Member("urls", .array([.string(package.fileName)])),
    ]
    let index = entries.firstIndex { $0.name == package.name }
    var versions = index.map { entries[$0].versions } ?? []
    versions.removeAll { $0["version"] == .string(package.version) }
    versions.insert(.object(fields), at: 0)
    if let index { entries[index].versions = versions } else { entries.append((package.name, versions)) }
    generated = time
  }

  /// The file.
  var text: String {
    let sorted = entries.sorted { $0.name < $1.name }
    return YAMLWriter.text(
      .object([
        Value.Member("apiVersion", .string("v1")),
        Value.Member("entries", .object(sorted.map { Value.Member($0.name, .array($0.versions)) })),
        Value.Member("generated", .string(generated)),
      ]))
  }
}

extension Value {
  /// The members of an object.
  var members: [(name: String, value: Value)] {
    guard case .object(let members) = self else { return [] }
    return members.map { ($0.key, $0.value) }
  }

  /// The value under a key.
  subscript(key: String) -> Value? { members.first { $0.name == key }?.value }
}
