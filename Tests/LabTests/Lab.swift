import Foundation
import Subprocess
import SystemPackage
import Testing

/// A fleet of real nodes for one suite, and the gantry that was just built.
struct Lab: Sendable {
  @TaskLocal static var running: Lab?

  /// The lab of the suite that runs.
  static var current: Lab {
    get throws { try #require(running, "a lab suite has the trait .lab(…)") }
  }

  let name: String
  /// The lab's own folder: keys, known_hosts, logs. Mode 0700.
  let directory: String
  /// A scratch folder for bundles and inventories.
  let work: String

  struct Outcome: Sendable {
    let status: Int32
    let output: String
    let errors: String
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// The executable next to the test bundle, or the one that `GANTRY` names: a release build, say.
  static let gantry =
    ProcessInfo.processInfo.environment["GANTRY"]
    ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "gantry")
    .path

  static func up(_ nodes: [String]) async throws -> Lab {
    try #require(getuid() == 0, "the lab makes network namespaces: run these tests as root, or skip LabTests")
    let name = "t" + String(UInt32.random(in: 0...0xffffff), radix: 16)
    let work = FileManager.default.temporaryDirectory.appending(path: "gantry-\(name)").path
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    let up = try await execute(root + "/lab/lab", ["up", name] + nodes)
    try #require(up.status == 0, "lab up: \(up.errors)")
    let environment = try await execute(root + "/lab/lab", ["env", name])
    let line = try #require(environment.output.split(separator: "\n").first { $0.hasPrefix("LAB_DIR=") })
    let directory = line.dropFirst("LAB_DIR=".count).trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
    let lab = Lab(name: name, directory: directory, work: work)
    let inventory = try await execute(root + "/lab/lab", ["inventory", name])
    try inventory.output.write(toFile: lab.inventory, atomically: true, encoding: .utf8)
    return lab
  }

  func down() async throws {
    let down = try await Self.execute(Self.root + "/lab/lab", ["down", name])
    try? FileManager.default.removeItem(atPath: work)
    #expect(down.status == 0, "lab down: \(down.errors)")
  }

  var inventory: String { work + "/inventory.yaml" }
  var state: String { work + "/state" }

  /// Runs gantry with the lab's inventory and state folder.
  func gantry(
    _ command: String, _ arguments: String..., inventory: String? = nil, options: [String] = [],
    environment: [String: String] = [:]
  ) async throws -> Outcome {
    var words = [command]
    if ["check", "load", "verify", "exec", "prune", "upgrade", "run"].contains(command) {
      words += ["-i", inventory ?? self.inventory, "--known-hosts", directory + "/known_hosts"]
    }
    if !["bundle", "inventory", "playbook"].contains(command) { words += ["--state-dir", state] }
    return try await Self.execute(Self.gantry, words + options + arguments, environment: environment)
  }

  /// Runs a verb of the lab itself.
  @discardableResult
  func lab(_ verb: String, _ arguments: String...) async throws -> Outcome {
    let outcome = try await Self.execute(Self.root + "/lab/lab", [verb, name] + arguments)
    try #require(outcome.status == 0, "lab \(verb) \(arguments): \(outcome.errors)")
    return outcome
  }

  /// Runs a command inside a node, without SSH.
  func inside(_ node: String, _ words: String...) async throws -> Outcome {
    try await Self.execute(Self.root + "/lab/lab", ["sh", name, node, "--"] + words)
  }

  /// Makes a bundle in the work folder and returns its path.
  func bundle(_ version: String, size: String = "12M", images: Int = 6, _ more: String...) async throws
    -> String
  {
    let made = try await Self.execute(
      Self.root + "/lab/make-bundle",
      [
        "--name", "kpanda", "--version", version, "--size", size, "--images", "\(images)", "--seed", "1",
        "-o", work,
      ] + more)
    try #require(made.status == 0, "make-bundle: \(made.errors)")
    return work + "/kpanda_\(version).bundle.tar"
  }

  struct Connections: Equatable {
    var logins: Int
    var commands: Int
  }

  /// How many connections a node's sshd has accepted, and how many commands they brought.
  func connections(_ node: String) throws -> Connections {
    let log = try String(contentsOfFile: "\(directory)/nodes/\(node)/sshd.log", encoding: .utf8)
    // sshd ends its lines with CR LF, which is one Character.
    let lines = log.split(whereSeparator: \.isNewline)
    return Connections(
      logins: lines.count { $0.contains("Connection from ") },
      commands: lines.count { $0.contains("Starting session: command") })
  }

  static func execute(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> Outcome {
    let changes = Dictionary(
      uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
    let result = try await run(
      .path(FilePath(program)), arguments: Arguments(arguments), environment: .inherit.updating(changes),
      output: .string(limit: 64 << 20), error: .string(limit: 64 << 20))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): Int32(code)
      case .signaled(let signal): 128 + Int32(signal)
      }
    return Outcome(status: status, output: result.standardOutput, errors: result.standardError)
  }
}

/// Brings a lab up before a suite and takes it down after, whatever happened in between.
struct LabTrait: SuiteTrait, TestScoping {
  let nodes: [String]

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await LabPlaces.shared.take()
    do {
      try await inLab(function)
    } catch {
      await LabPlaces.shared.giveBack()
      throw error
    }
    await LabPlaces.shared.giveBack()
  }

  private func inLab(_ function: @Sendable () async throws -> Void) async throws {
    let lab = try await Lab.up(nodes)
    do {
      try await Lab.$running.withValue(lab) { try await function() }
    } catch {
      try await lab.down()
      throw error
    }
    try await lab.down()
  }
}

/// How many labs are up at a time: more than the machine has processors only makes every wait in them longer.
private actor LabPlaces {
  static let shared = LabPlaces()

  private var free = max(2, ProcessInfo.processInfo.activeProcessorCount)
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func giveBack() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

extension Trait where Self == LabTrait {
  /// A lab with these nodes, each `NAME=KIND[,disk=SIZE]`.
  static func lab(_ nodes: String...) -> LabTrait { LabTrait(nodes: nodes) }
}
