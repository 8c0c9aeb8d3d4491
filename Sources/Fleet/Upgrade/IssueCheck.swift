import Helm
import Images

/// Holds what is known to go wrong against the cluster.
struct IssueCheck: Sendable {
  let nodes: [ClusterNode]
  /// Every release of the cluster; asked for only when an issue speaks of one.
  let releases: [HelmAnswers.Release]

  /// What an issue finds here.
  enum Finding: Sendable, Equatable {
    /// Names of nodes.
    case nodes([String])
    /// A release as `NAMESPACE/NAME`, and its version.
    case release(String, version: String)
  }

  /// nil where the issue does not concern this cluster.
  func finding(_ check: KnownIssue.Check) -> Finding? {
    if let labels = check.nodeLabels {
      let found = nodes.filter { node in
        labels.contains { Self.matches($0, node.labels) }
          && !(check.unless ?? []).contains { Self.matches($0, node.labels) }
      }
      return found.isEmpty ? nil : .nodes(found.map(\.name))
    }
    guard let wanted = check.releaseAtLeast, let least = ChartVersion(lenient: wanted.version) else {
      return nil
    }
    for release in releases {
      guard let parts = release.chartParts, parts.name == wanted.chart,
        let version = ChartVersion(lenient: parts.version),
        !version.isAtLeast(least, countingBuild: true)
      else { continue }
      return .release("\(release.namespace)/\(release.name)", version: parts.version)
    }
    return nil
  }

  static func matches(_ match: KnownIssue.LabelMatch, _ labels: [String: String]) -> Bool {
    labels.contains { key, value in
      guard isLike(key, match.key) else { return false }
      if (match.notValues ?? []).contains(where: { isLike(value, $0) }) { return false }
      return match.values?.contains { isLike(value, $0) } ?? true
    }
  }

  /// `*` stands for any text.
  static func isLike(_ text: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return text == pattern }
    guard text.utf8.count >= first.utf8.count + last.utf8.count, text.hasPrefix(first), text.hasSuffix(last)
    else {
      return false
    }
    var rest = text.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
