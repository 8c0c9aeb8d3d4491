import Foundation
import Helm
import Playbooks
import Synchronization
import Testing

@testable import Fleet

/// A control node whose helm and kubectl answer as real ones do, and nodes that have the images they are given.
final class FakeControl: Sendable {
  struct State {
    var chart = "kpanda-0.20.0"
    var status = "deployed"
    var revision = 1
    var values = "global:\n  db:\n    redis:\n      url: redis+sentinel://:hunter2@rfs:26379/mymaster\n"
    var clusterNodes = #"{"metadata":{"name":"n1"},"status":{"addresses":[{"address":"n1"}]}}"#
    var crds = ""
    var helmStatus: Int32 = 0
    var helmErrors = ""
    var releases = "[]"
    var images = ["r.io/kpanda/api:v0.21.0"]
    var pods = #"{"items":[]}"#
    /// Members of the last archive that came with a changing command, by path.
    var workspace: [String: String] = [:]
    var kept: [String: String] = [:]
  }

  let state: Mutex<State>
  let version: String
  let folder: String
  /// The control node's, of the last run. Not the remote itself: its answers hold this object.
  private let commands = Mutex<[RemoteCommand]>([])
  let saved = Mutex<[String: String]>([:])

  init(version: String = "0.21.0", _ set: (inout State) -> Void = { _ in }) throws {
    var initial = State()
    set(&initial)
    state = Mutex(initial)
    self.version = version
    folder = FileManager.default.temporaryDirectory.appending(path: "gantry-chart-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try "apiVersion: v2\nname: kpanda\nversion: \(version)\n".write(
      toFile: folder + "/Chart.yaml", atomically: true, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var spec: UpgradeSpec {
    var spec = UpgradeSpec(release: "kpanda", namespace: "kpanda-system", chart: .chart(path: folder))
    spec.registry = "10.0.0.1/r.io"
    spec.timeout = 1
    return spec
  }

  /// Changing commands of the control node, the tool's words alone.
  var changes: [[String]] {
    all.filter(\.changes).map { command in
      command.words.firstIndex { $0 == "helm" || $0 == "kubectl" }.map { Array(command.words[$0...]) }
        ?? command.words
    }
  }

  var all: [RemoteCommand] { commands.withLock { $0 } }

  struct Keeper: FileKeeper {
    let control: FakeControl
    func keep(_ bytes: [UInt8], as name: String) throws(Failure) -> String {
      control.saved.withLock { $0[name] = String(decoding: bytes, as: UTF8.self) }
      return "/run/\(name)"
    }
  }

  func run(_ spec: UpgradeSpec, dryRun: Bool = false, hosts: [String] = ["control", "n1"]) async -> (
    UpgradeOutcome, EventLog
  ) {
    let log = EventLog()
    let remote = ScriptedRemote(replies)
    defer { commands.withLock { $0 = remote.commands } }
    let node = ScriptedRemote([nodeReply])
    let connector = ScriptedConnector { target throws(Failure) in
      if target.name == "gone" { throw Failure(.connectRefused, "refused") }
      return target.name == "control" ? remote : node
    }
    let upgrade = HelmUpgrade(
      control: .testing("control"), hosts: hosts.map { .testing($0) },
      runner: FleetRunner(connector: connector, forks: 4, retry: RetryPolicy(retries: 0)),
      options: RuntimeOptions(runtime: nil, namespace: nil), rules: { PlaybookLibrary.rules(ofChart: $0) })
    let outcome = await upgrade.upgrade(spec, dryRun: dryRun, files: Keeper(control: self), events: log)
    return (outcome, log)
  }

  // MARK: Answers

  private var nodeReply: ScriptedRemote.Reply {
    .init(
      matches: { $0.words.starts(with: ["sh", "-s"]) && !$0.changes },
      answer: { _, _ throws(Failure) in
        let digest = String(repeating: "ab", count: 32)
        let lines =
          [
            "user root", "privilege root", "runtime containerd 1.7.24 /run/c.sock up",
            "chosen containerd 1.7.24 /run/c.sock containerd",
          ] + self.state.withLock { $0.images.map { "image \($0) \(digest) 1 1" } } + ["end", ""]
        return CommandOutput(status: 0, standardOutput: Array(lines.joined(separator: "\n").utf8))
      })
  }

  private var replies: [ScriptedRemote.Reply] {
    [
      answer(["command -v $t"]) { _, _ in "helm /h\nkubectl /k\nconfigured yes\nuser root\nend\n" },
      answer(["helm", "version"]) { _, _ in "v3.17.3" },
      answer(["kubectl", "version"]) { _, _ in #"{"serverVersion":{"gitVersion":"v1.31.0"}}"# },
      answer(["kubectl", "current-context"]) { _, _ in "admin@lab\n" },
      answer(["helm", "list", "-A"]) { state, _ in state.releases },
      answer(["helm", "list"]) { state, _ in
        #"[{"name":"kpanda","namespace":"kpanda-system","revision":"\#(state.revision)","status":"\#(state.status)","chart":"\#(state.chart)"}]"#
      },
      answer(["helm", "history"]) { state, _ in
        #"[{"revision":\#(state.revision),"status":"\#(state.status)","chart":"\#(state.chart)","description":""}]"#
      },
      answer(["kubectl", "get", "nodes"]) { state, _ in #"{"items":[\#(state.clusterNodes)]}"# },
      answer(["helm", "get", "values"]) { state, _ in state.values },
      answer(["helm", "get", "manifest"]) { _, _ in Self.manifest("v0.20.0", "hunter2") },
      answer(["helm", "get", "hooks"]) { _, _ in "" },
      answer(["helm", "template"]) { state, _ in
        "---\n# Source: kpanda/templates/x.yaml\n" + Self.manifest("v\(self.version)", "hunter3")
          + (state.crds.isEmpty ? "" : "---\n# Source: kpanda/crds/x.yaml\n" + state.crds)
      },
      answer(["kubectl", "api-versions"]) { _, _ in "v1\napps/v1\n" },
      answer(["kubectl", "api-resources"]) { _, _ in "pods po v1 true Pod\n" },
      answer(["gantry-backups"], changes: true) { state, input in
        state.kept["bak"] = String(decoding: input, as: UTF8.self)
        return "\(input.count) /root/gantry-backups/x\n"
      },
      answer(["kubectl", "get", "crd"]) { _, _ in #"{"kind":"List","items":[]}"# },
      answer(["kubectl", "apply"], changes: true) { _, _ in "" },
      answer(["kubectl", "label", "node"], changes: true) { _, _ in "" },
      answer(["kubectl", "get", "pods"]) { state, _ in state.pods },
      answer(["kubectl", "get", "deployments.apps,statefulsets.apps,daemonsets.apps"]) { _, _ in
        #"{"items":[]}"#
      },
      .init(
        matches: { $0.changes && $0.words.contains("upgrade") && $0.words.contains("helm") },
        answer: { _, input throws(Failure) in
          self.state.withLock { state in
            state.workspace = Self.members(input)
            state.revision += 1
            if state.helmStatus == 0 {
              state.chart = "kpanda-\(self.version)"
            } else {
              state.status = "failed"
            }
            return CommandOutput(status: state.helmStatus, standardError: Array(state.helmErrors.utf8))
          }
        }),
      answer(["helm", "rollback"], changes: true) { state, _ in
        state.revision += 1
        state.status = "deployed"
        return ""
      },
    ]
  }

  private func answer(
    _ parts: [String], changes: Bool = false, _ text: @escaping @Sendable (inout State, [UInt8]) -> String
  ) -> ScriptedRemote.Reply {
    .init(
      matches: { command in
        command.changes == changes
          && parts.allSatisfy { part in
            command.words.contains(part) || (parts.count == 1 && command.words.contains { $0.contains(part) })
          }
      },
      answer: { _, input throws(Failure) in
        self.state.withLock { CommandOutput(status: 0, standardOutput: Array(text(&$0, input).utf8)) }
      })
  }

  static func manifest(_ tag: String, _ secret: String) -> String {
    """
    apiVersion: v1
    kind: Secret
    metadata: {name: s}
    stringData: {url: "redis://:\(secret)@h"}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api}
    spec:
      selector: {matchLabels: {app: api}}
      template: {spec: {containers: [{name: api, image: "r.io/kpanda/api:\(tag)"}]}}

    """
  }

  /// The members of a tar archive (ustar): name and size stand at 0 and 124.
  static func members(_ tar: [UInt8]) -> [String: String] {
    var members: [String: String] = [:]
    var position = 0
    while position + 512 <= tar.count, tar[position] != 0 {
      let name = String(decoding: tar[position..<position + 100].prefix { $0 != 0 }, as: UTF8.self)
      let size = Int(String(decoding: tar[position + 124..<position + 135], as: UTF8.self), radix: 8) ?? 0
      members[name] = String(decoding: tar[position + 512..<position + 512 + size], as: UTF8.self)
      position += 512 + (size + 511) / 512 * 512
    }
    return members
  }
}
