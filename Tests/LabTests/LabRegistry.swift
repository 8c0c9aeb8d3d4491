import Foundation
import Testing

/// A registry of a lab: a real docker-registry, or what answers as Harbor or ChartMuseum in front of one.
struct LabRegistry {
  let lab: Lab
  let id: String
  let host: String
  let url: String
  let directory: String
  let password: String?
  let authority: String?

  static func start(_ lab: Lab, _ id: String, _ options: String...) async throws -> LabRegistry {
    let start = try await Lab.execute(Lab.root + "/lab/lab", ["registry", lab.name, "start", id] + options)
    try #require(start.status == 0, "registry start: \(start.errors)")
    let env = try await Lab.execute(Lab.root + "/lab/lab", ["registry", lab.name, "env", id])
    var values: [String: String] = [:]
    for line in env.output.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      values[parts[0]] = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
    }
    return LabRegistry(
      lab: lab, id: id, host: try #require(values["REGISTRY_HOST"]),
      url: try #require(values["REGISTRY_URL"]),
      directory: try #require(values["REGISTRY_DIR"]),
      password: try values["REGISTRY_PASSWORD_FILE"].map {
        try String(contentsOfFile: $0, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
      },
      authority: values["REGISTRY_CA"])
  }

  func verb(_ words: String...) async throws {
    let outcome = try await Lab.execute(
      Lab.root + "/lab/lab", ["registry", lab.name, words[0], id] + words.dropFirst())
    try #require(outcome.status == 0, "registry \(words): \(outcome.errors)")
  }

  /// What its access log says was asked; each line `… "METHOD PATH …`.
  func requests(_ method: String) throws -> Int {
    try String(contentsOfFile: directory + "/log", encoding: .utf8).split(separator: "\n").count {
      $0.contains("\"\(method) /v2/") && $0.contains("HTTP/1.1")
    }
  }

  /// Asks skopeo, who knows nothing of gantry.
  func inspect(_ name: String) async throws -> (digest: String, layers: [String])? {
    var words = ["inspect", "--tls-verify=false"]
    if let password { words += ["--creds", "admin:\(password)"] }
    let outcome = try await Lab.execute("/usr/bin/skopeo", words + ["docker://\(host)/\(name)"])
    guard outcome.status == 0 else { return nil }
    struct Answer: Decodable {
      let Digest: String
      let Layers: [String]
    }
    let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
    return (answer.Digest, answer.Layers)
  }

  /// Whether nothing at all was stored.
  var isEmpty: Bool {
    let path = directory + "/data/docker/registry/v2/repositories"
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).isEmpty
  }
}

/// The result of a sync, read by somebody who knows only the contract.
struct SyncDocument: Decodable {
  struct Summary: Decodable {
    let images, pushed, present, charts, uploaded, skipped, failed: Int
    let bytesSent: Int64
  }
  struct Image: Decodable {
    let source, reference, digest, status: String
    let bytesSent: Int64
    let error: Document.Problem?
  }
  struct Change: Decodable { let file, key, from, to: String }
  struct Chart: Decodable {
    let name, version, target, digest, status: String
    let rewritten: [Change]
    let error: Document.Problem?
  }
  struct Bundle: Decodable {
    let images: [Image]
    let chart: Chart?
    let notes: [String]?
  }
  let seconds: Double
  let dryRun: Bool?
  let summary: Summary
  let bundles: [Bundle]

  var images: [Image] { bundles.flatMap(\.images) }
}

extension Lab {
  /// Runs `gantry sync` on a file with that text.
  func sync(_ text: String, _ options: String..., environment: [String: String] = [:]) async throws -> Outcome
  {
    let file = work + "/load-image.yaml"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    // Logins of whoever runs the tests have no part in it.
    var environment = environment
    environment["DOCKER_CONFIG"] = environment["DOCKER_CONFIG"] ?? work + "/no-docker"
    return try await Self.execute(
      Self.gantry, ["sync", "-c", file, "--state-dir", state] + options, environment: environment)
  }

  /// A folder of its own with one bundle in it, under the name that is given.
  func bundleFolder(
    _ folder: String, version: String = "0.20.0", size: String = "12M", images: Int = 6,
    as name: String? = nil,
    _ more: String...
  ) async throws -> String {
    let path = work + "/" + folder
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let made = try await Self.execute(
      Self.root + "/lab/make-bundle",
      [
        "--name", "kpanda", "--version", version, "--size", size, "--images", "\(images)", "--seed", "1",
        "-o", path,
      ]
        + more)
    try #require(made.status == 0, "make-bundle: \(made.errors)")
    if let name {
      try FileManager.default.moveItem(
        atPath: path + "/kpanda_\(version).bundle.tar", toPath: path + "/" + name)
    }
    return path
  }

  /// The real helm, with folders of its own.
  func helm(_ words: String...) async throws -> Outcome {
    let candidates = [Self.root + "/.lab/tools/helm", "/usr/bin/helm", "/usr/local/bin/helm"]
    let helm = try #require(
      candidates.first { FileManager.default.isExecutableFile(atPath: $0) },
      "there is no helm; lab/setup gets it")
    return try await Self.execute(helm, words, environment: ["HOME": work + "/helm-home"])
  }
}

extension SyncDocument {
  init(_ outcome: Lab.Outcome) throws {
    self = try JSONDecoder().decode(SyncDocument.self, from: Data(outcome.output.utf8))
  }
}
