import Foundation
import Testing

/// A release in the lab's cluster, as the upgrade's tests find it.
extension Lab {
  static let registry = "10.16.10.111/release.daocloud.io"
  static let password = "3wPxzWffdn"
  static let sentinel = "redis+sentinel://:\(password)@rfs.mcamel-system.svc:26379/mymaster"

  /// Loads a bundle under the registry, on these nodes.
  func load(_ bundle: String, on limit: String) async throws {
    let loaded = try await gantry("load", bundle, options: ["-l", limit, "--registry", Self.registry])
    try #require(loaded.status == 0, "load: \(loaded.errors)")
  }

  /// helm on the control node, with nothing of gantry in between.
  @discardableResult
  func helm(_ arguments: String...) async throws -> String {
    let outcome = try await Self.execute(
      Self.root + "/lab/lab", ["sh", name, "c1", "--", "helm"] + arguments)
    try #require(outcome.status == 0, "helm \(arguments): \(outcome.errors)")
    return outcome.output
  }

  func kubectl(_ arguments: String...) async throws -> String {
    let outcome = try await Self.execute(Self.root + "/lab/lab", ["kubectl", name] + arguments)
    try #require(outcome.status == 0, "kubectl \(arguments): \(outcome.errors)")
    return outcome.output
  }

  /// Installs a bundle's chart as release `kpanda`, with a sentinel URL among its values, and waits for it.
  func install(_ bundle: String, _ version: String, namespace: String = "kpanda-system") async throws
    -> String
  {
    // From 0.21.0 on the chart does not get ready with the old form, as the module does not.
    let isOld = version.compare("0.21.0", options: .numeric) == .orderedAscending
    let redis = isOld ? Self.sentinel : "\(Self.sentinel)?master_password=\(Self.password)"
    let url = try await lab("charts", bundle).output.trimmingCharacters(in: .whitespacesAndNewlines)
    try await helm(
      "install", "kpanda", "kpanda", "--repo", url, "--version", version, "-n", namespace,
      "--create-namespace",
      "--set", "global.imageRegistry=\(Self.registry)", "--set", "global.db.redis.url=\(redis)",
      "--wait",
      "--timeout", "60s")
    return url
  }

  struct Revision: Decodable, Equatable {
    let revision: Int
    let status, chart: String
  }

  func history(namespace: String = "kpanda-system") async throws -> [Revision] {
    try JSONDecoder().decode(
      [Revision].self, from: Data(try await helm("history", "kpanda", "-n", namespace, "-o", "json").utf8))
  }

  /// Every file under the run folders and the node logs that holds the text; backups of values are meant to.
  func recordsHolding(_ text: String) throws -> [String] {
    let files = FileManager.default.enumerator(atPath: state)?.compactMap { $0 as? String } ?? []
    return try files.filter { file in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: state + "/" + file, isDirectory: &isFolder),
        !isFolder.boolValue
      else { return false }
      let data = try Data(contentsOf: URL(fileURLWithPath: state + "/" + file))
      return data.firstRange(of: Data(text.utf8)) != nil
    }
  }
}

/// Looks again and again at every process's argument list while something runs.
final class ArgumentSampler: Sendable {
  private let task: Task<(samples: Int, holding: Set<String>), Never>

  init(for text: String) {
    let needle = Data(text.utf8)
    task = Task.detached {
      var samples = 0
      var holding: Set<String> = []
      while !Task.isCancelled {
        samples += 1
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        where Int(name) != nil {
          guard let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { continue }
          if words.firstRange(of: needle) != nil {
            holding.insert(String(decoding: words.prefix(200), as: UTF8.self).replacing("\0", with: " "))
          }
        }
        try? await Task.sleep(for: .milliseconds(30))
      }
      return (samples, holding)
    }
  }

  func finish() async -> (samples: Int, holding: Set<String>) {
    task.cancel()
    return await task.value
  }
}
