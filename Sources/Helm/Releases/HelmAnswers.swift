import Documents
import Foundation

/// What helm answers with `-o json`, as far as it is read (Helm 3: `helm list`, `history`, `search repo`, `repo list`).
public enum HelmAnswers {
  /// A release as `helm list -o json` tells it.
  public struct Release: Sendable, Equatable, Decodable {
    public let name: String
    public let namespace: String
    /// The newest revision, which need not be the one that is deployed.
    public let revision: Int
    public let status: String
    /// Name and version in one word, `kpanda-0.20.0`.
    public let chart: String

    private enum CodingKeys: String, CodingKey { case name, namespace, revision, status, chart }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      name = try container.decode(String.self, forKey: .name)
      namespace = try container.decode(String.self, forKey: .namespace)
      status = try container.decode(String.self, forKey: .status)
      chart = try container.decode(String.self, forKey: .chart)
      // A number in quotes; in `helm history` it is a number.
      let text = try? container.decode(String.self, forKey: .revision)
      revision = try text.flatMap { Int($0) } ?? container.decode(Int.self, forKey: .revision)
    }

    /// Helm is, or was when it died, in the middle of something.
    public var isPending: Bool { status.hasPrefix("pending-") || status == "uninstalling" }

    /// The chart's name and version, parted where a version with three numbers begins.
    public var chartParts: (name: String, version: String)? { HelmAnswers.parts(ofChart: chart) }
  }

  /// One line of `helm history -o json`.
  public struct Revision: Sendable, Equatable, Decodable {
    public let revision: Int
    public let status: String
    public let chart: String
    public let description: String?
  }

  /// One line of `helm search repo -o json`.
  public struct Found: Sendable, Equatable, Decodable {
    /// `REPOSITORY/CHART`.
    public let name: String
    public let version: String
  }

  /// One line of `helm repo list -o json`.
  public struct Repository: Sendable, Equatable, Decodable {
    public let name: String
    public let url: String
  }

  /// - Throws: `bad-answer`; an empty answer is an empty list.
  public static func list<Element: Decodable>(
    of type: Element.Type, _ bytes: [UInt8], from what: String
  ) throws(HelmError) -> [Element] {
    guard bytes.contains(where: { $0 > 0x20 }) else { return [] }
    do { return try JSONDecoder().decode([Element]?.self, from: Data(bytes)) ?? [] } catch {
      throw HelmError(.badAnswer, "\(what) answered in a form that is not understood", hint: "is it Helm 3?")
    }
  }

  /// The newest version that is no pre-release among those of exactly that chart; the newest of all where each is one.
  public static func newest(of chart: String, among found: [Found]) -> String? {
    let versions = found.filter { $0.name == chart }.compactMap { ChartVersion(lenient: $0.version) }
    return (versions.filter { !$0.isPreRelease }.max() ?? versions.max())?.description
  }

  /// The revision to go back to: the newest that is deployed, or was and went well.
  public static func lastGood(_ history: [Revision]) -> Revision? {
    let newestFirst = history.sorted { $0.revision > $1.revision }
    return newestFirst.first { $0.status == "deployed" } ?? newestFirst.first { $0.status == "superseded" }
  }

  /// The name and version of `kpanda-0.20.0`, parted where a version with three numbers begins; nil without one.
  public static func parts(ofChart chart: String) -> (name: String, version: String)? {
    for index in chart.indices where chart[index] == "-" && index > chart.startIndex {
      let version = String(chart[chart.index(after: index)...])
      let numbers = version.drop { $0 == "v" }.prefix { $0 != "-" && $0 != "+" }.split(separator: ".")
      if numbers.count == 3, ChartVersion(lenient: version) != nil {
        return (String(chart[..<index]), version)
      }
    }
    return nil
  }
}
