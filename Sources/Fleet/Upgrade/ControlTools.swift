import Foundation
import Helm

/// helm and kubectl on the control node: how they are called, and what they said.
struct ControlTools: Sendable {
  private(set) var asRoot: Bool
  private var kubeconfig: String?
  private let context: String?
  private(set) var helmVersion = ""
  private(set) var serverVersion = ""
  private(set) var contextName = ""
  /// Takes secrets out of what the tools say.
  var mask = SecretMask()

  /// Finds the tools and the cluster; as the user that logs in, and where that one reaches no cluster, as root.
  ///
  /// - Throws: `no-tool`, `cluster-unreachable`, and what running a command throws.
  static func find(for spec: UpgradeSpec, on session: NodeSession) async throws(Failure) -> ControlTools {
    let become = session.node.settings.become
    var tools = ControlTools(asRoot: become == true, kubeconfig: spec.kubeconfig, context: spec.context)
    do {
      let isRoot = try await tools.discover(session)
      do {
        try await tools.reachCluster(session)
      } catch  where error.code == .clusterUnreachable && become == nil && !isRoot {
        var others = ControlTools(asRoot: true, kubeconfig: spec.kubeconfig, context: spec.context)
        _ = try await others.discover(session)
        do { try await others.reachCluster(session) } catch { throw error }
        return others
      }
    }
    return tools
  }

  private init(asRoot: Bool, kubeconfig: String?, context: String?) {
    self.asRoot = asRoot
    self.kubeconfig = kubeconfig
    self.context = context
  }

  /// Returns whether the commands run as root anyway.
  private mutating func discover(_ session: NodeSession) async throws(Failure) -> Bool {
    let output = try await session.run(
      ControlScripts.discover(asRoot: asRoot), limits: CommandLimits(deadline: .seconds(60)))
    let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: " ", maxSplits: 1).map(String.init)
    }
    guard output.succeeded, lines.last?.first == "end" else {
      throw Failure(.badAnswer, "the control node's answer is not whole (exit \(output.status))")
    }
    for tool in ["helm", "kubectl"] where !lines.contains(where: { $0.first == tool }) {
      throw Failure(
        .noTool, "there is no \(tool) on the control node",
        hint: "install it there, or name another control node with --control or the group `control`")
    }
    if kubeconfig == nil, let found = lines.first(where: { $0.first == "kubeconfig" && $0.count == 2 }) {
      kubeconfig = found[1]
    }
    let version = try await text(
      of: helm(["version", "--template", "{{.Version}}"]), "helm version", session)
    helmVersion = PrintableText.line(version, limit: 40)
    guard ChartVersion(lenient: helmVersion).map({ $0.major >= 3 }) ?? false else {
      throw Failure(.noTool, "the control node has helm \(helmVersion), and Helm 3 or newer is needed")
    }
    return lines.contains { $0 == ["user", "root"] }
  }

  private mutating func reachCluster(_ session: NodeSession) async throws(Failure) {
    struct Answer: Decodable {
      struct Version: Decodable { let gitVersion: String }
      let serverVersion: Version?
    }
    let output = try await session.run(
      kubectl(["version", "-o", "json"]), limits: CommandLimits(deadline: .seconds(60)), logsOutput: false)
    guard output.succeeded,
      let answer = try? JSONDecoder().decode(Answer.self, from: Data(output.standardOutput)),
      let server = answer.serverVersion
    else {
      let said = mask.masked(PrintableText.line(output.standardError))
      throw Failure(
        .clusterUnreachable, "kubectl reaches no cluster: \(said.isEmpty ? "exit \(output.status)" : said)",
        hint: "name the cluster's configuration with --kubeconfig, or look at it on the control node")
    }
    serverVersion = PrintableText.line(server.gitVersion, limit: 60)
    let current = try await session.run(
      kubectl(["config", "current-context"]), limits: CommandLimits(deadline: .seconds(60)), logsOutput: false
    )
    contextName = context ?? PrintableText.line(current.standardOutput, limit: 100)
  }

  // MARK: Calling

  func helmWords(_ arguments: [String]) -> [String] {
    ["helm"] + (kubeconfig.map { ["--kubeconfig", $0] } ?? [])
      + (context.map { ["--kube-context", $0] } ?? [])
      + arguments
  }

  func helm(_ arguments: [String], changes: Bool = false) -> RemoteCommand {
    RemoteCommand(helmWords(arguments), asRoot: asRoot, changes: changes)
  }

  func kubectl(_ arguments: [String], changes: Bool = false) -> RemoteCommand {
    let words =
      ["kubectl"] + (kubeconfig.map { ["--kubeconfig", $0] } ?? [])
      + (context.map { ["--context", $0] } ?? [])
    return RemoteCommand(
      words + ["--request-timeout=30s"] + arguments, asRoot: asRoot, changes: changes)
  }

  /// What a command prints; nothing of it goes to the log, since it may hold secrets.
  func bytes(
    of command: RemoteCommand, _ what: String, _ session: NodeSession, input: (any ByteStream)? = nil,
    deadline: Duration = .seconds(120)
  ) async throws(Failure) -> [UInt8] {
    let output = try await session.run(
      command, input: input, limits: CommandLimits(deadline: deadline, outputBytes: 64 << 20),
      logsOutput: false)
    guard output.succeeded else { throw failure(what, output) }
    guard !output.truncated else { throw Failure(.badAnswer, "\(what): the answer is too long") }
    return output.standardOutput
  }

  func text(
    of command: RemoteCommand, _ what: String, _ session: NodeSession, input: (any ByteStream)? = nil
  ) async throws(Failure) -> String {
    String(decoding: try await bytes(of: command, what, session, input: input), as: UTF8.self)
  }

  func list<Element: Decodable>(
    of type: Element.Type, _ command: RemoteCommand, _ what: String, _ session: NodeSession
  ) async throws(Failure) -> [Element] {
    let bytes = try await bytes(of: command, what, session)
    do { return try HelmAnswers.list(of: type, bytes, from: what) } catch { throw Failure(error) }
  }

  func failure(_ what: String, _ output: CommandOutput, hint: String? = nil) -> Failure {
    let said = mask.masked(
      PrintableText.line(
        output.standardError.isEmpty ? output.standardOutput : output.standardError, limit: 600))
    let ending = output.signal.map { "signal \($0)" } ?? "exit \(output.status)"
    return Failure(.helmFailed, "\(what): \(ending): \(said.isEmpty ? "it said nothing" : said)", hint: hint)
  }
}
