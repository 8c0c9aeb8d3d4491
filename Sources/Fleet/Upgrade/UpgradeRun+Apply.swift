import Foundation
import Helm
import Images

/// The changing half: backups, labels, definitions, the upgrade, and the way back.
extension UpgradeRun {
  /// Writes the release's values to this machine and to the control node, before anything changes.
  mutating func backUp() async throws(Failure) {
    guard release != nil else { return }
    result.backups.append(try files.keep(oldValues, as: "\(spec.release)-bak.yaml"))
    let path = try await keepThere(oldValues, "bak-\(stamp).yaml")
    result.backups.append(path)
    _ = try files.keep(Array(newValues.utf8), as: "\(spec.release)-values.yaml")
    session.note("values backed up: \(result.backups.joined(separator: " and "))")
    if let lastGood {
      result.wayBack.append("helm rollback \(spec.release) \(lastGood) -n \(spec.namespace)")
    }
    result.wayBack.append("the values of revision \(result.fromRevision ?? 0) are in \(path)")
  }

  /// Under the home folder of the user that runs helm; returns the path.
  private func keepThere(_ bytes: [UInt8], _ name: String) async throws(Failure) -> String {
    session.markChanged()
    let what = "write \(name) on the control node"
    let answer = try await tools.text(
      of: ControlScripts.keep(
        folder: "\(spec.namespace).\(spec.release)", file: name, asRoot: tools.asRoot), what, session,
      input: MemoryStream(bytes))
    let words = answer.split(separator: " ", maxSplits: 1).map { String($0) }
    guard words.count == 2, Int(words[0]) == bytes.count else {
      throw Failure(.diskFull, "\(what): only \(words.first ?? "0") of \(bytes.count) bytes are there")
    }
    return PrintableText.line(words[1], limit: 1000)
  }

  /// Puts the labels on nodes that the operator asked for.
  mutating func remedy() async throws(Failure) {
    for (nodes, label) in remedies {
      session.markChanged()
      let words = ["label", "node"] + nodes + ["\(label.key)=\(label.value)", "--overwrite"]
      _ = try await tools.bytes(of: tools.kubectl(words, changes: true), "kubectl label node", session)
      result.wayBack.append("the labels: kubectl label node \(nodes.joined(separator: " ")) \(label.key)-")
      session.note("labelled \(label.key)=\(label.value): \(nodes.joined(separator: ", "))")
    }
  }

  /// Applies the chart's custom resource definitions, which Helm itself never upgrades; the old ones are saved first.
  mutating func applyDefinitions() async throws(Failure) {
    guard let definitions, !result.crds.isEmpty else { return }
    let old = try await tools.bytes(
      of: tools.kubectl(["get", "crd"] + result.crds + ["--ignore-not-found", "-o", "json"]),
      "kubectl get crd",
      session)
    if let saved = Self.reapplicable(old) {
      _ = try files.keep(saved, as: "\(spec.release)-crds.json")
      let path = try await keepThere(saved, "crds-\(stamp).json")
      result.wayBack.append("the definitions from before: kubectl apply -f \(path)")
    }
    session.markChanged()
    let apply = tools.kubectl(["apply", "-f", "-"], changes: true)
    let limits = CommandLimits(deadline: .seconds(300), outputBytes: 1 << 20)
    var output = try await session.run(
      apply, input: MemoryStream(definitions), limits: limits, logsOutput: false)
    // kubectl keeps what it applied in an annotation of at most 256 KiB; the server keeps no copy.
    if !output.succeeded, String(decoding: output.standardError, as: UTF8.self).contains("Too long") {
      output = try await session.run(
        tools.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], changes: true),
        input: MemoryStream(definitions), limits: limits, logsOutput: false)
    }
    guard output.succeeded else {
      throw tools.failure(
        "apply the chart's custom resource definitions", output,
        hint: "the release is as it was; --no-crds leaves them out")
    }
    session.note("applied \(result.crds.count) custom resource definitions")
  }

  /// Objects as `kubectl get -o json` prints them, without what the server put there; nil where there are none.
  static func reapplicable(_ json: [UInt8]) -> [UInt8]? {
    guard let tree = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else { return nil }
    let items = tree["items"] as? [[String: Any]] ?? (tree["kind"] == nil ? [] : [tree])
    guard !items.isEmpty else { return nil }
    let cleaned = items.map { item -> [String: Any] in
      var item = item
      item["status"] = nil
      if var metadata = item["metadata"] as? [String: Any] {
        for key in ["resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"]
        {
          metadata[key] = nil
        }
        item["metadata"] = metadata
      }
      return item
    }
    let list: [String: Any] = ["apiVersion": "v1", "kind": "List", "items": cleaned]
    return (try? JSONSerialization.data(withJSONObject: list, options: [.sortedKeys, .prettyPrinted])).map(
      Array.init)
  }

  // MARK: helm

  /// The words of the upgrade; the values travel in files.
  var upgradeWords: [String] {
    var words = ["upgrade", spec.release, chart?.argument ?? "", "-n", spec.namespace] + valueArguments
    if let info { words += ["--version", info.version.description] }
    if spec.install { words.append("--install") }
    if spec.createNamespace { words.append("--create-namespace") }
    if spec.cleanupOnFail { words.append("--cleanup-on-fail") }
    if spec.wait { words.append("--wait") }
    return words + ["--timeout", "\(Int(spec.timeout.rounded(.up)))s"]
  }

  /// Helm gives its hooks and the wait that much time each; what takes longer than all of them hangs.
  var upgradeDeadline: Duration {
    .seconds(spec.timeout * (manifest?.hasHooks == true ? 3 : 1) + 30)
  }

  /// Runs helm, and tells meanwhile what is not ready.
  ///
  /// - Returns: what went wrong; nil for nothing.
  mutating func upgrade(_ second: SecondConnection, name: String) async throws(Failure) -> Failure? {
    session.enter(.command)
    session.markChanged()
    let command = ControlScripts.ending(tools.helmWords(upgradeWords), name: name, asRoot: tools.asRoot)
    let watch = spec.wait ? second.watch(rollout, tools) : nil
    defer { watch?.cancel() }
    let output: CommandOutput
    do {
      output = try await session.run(
        command, input: MemoryStream(FileTar.bytes(workspace)),
        limits: CommandLimits(deadline: upgradeDeadline, outputBytes: 1 << 20), logsOutput: false)
    } catch {
      watch?.cancel()
      // Where only the connection broke, helm is still at work and may well come to a good end.
      if error.code != .connectionLost { await second.end(name, tools) }
      guard error.code == .commandTimeout else { throw error }
      return Failure(.rolloutFailed, "helm upgrade: \(error.message); helm was ended")
    }
    session.emit(
      .output(tools.mask.masked(PrintableText.lines(output.standardOutput + output.standardError))))
    guard output.succeeded else {
      let failure = tools.failure("helm upgrade", output)
      let isSlow = failure.message.contains("timed out") || failure.message.contains("deadline exceeded")
      return Failure(isSlow ? .rolloutFailed : .helmFailed, failure.message)
    }
    return nil
  }

  var rollout: Rollout {
    let empty = ManifestWorkloads.none
    return Rollout(workloads: manifest.map { ManifestWorkloads($0) } ?? empty, namespace: spec.namespace)
  }

  /// Asks helm again what the release is.
  mutating func readBack() async throws(Failure) {
    let pattern = "^" + spec.release.replacing(".", with: "[.]") + "$"
    let found = try await tools.list(
      of: HelmAnswers.Release.self,
      tools.helm(["list", "-n", spec.namespace, "-a", "--filter", pattern, "-o", "json"]), "helm list",
      session)
    let now = found.first { $0.name == spec.release }
    result.toRevision = now?.revision
    result.status = now?.status
  }

  /// After a failure: looks what is not ready, and goes back to the revision before.
  ///
  /// - Returns: the failure, with what became of the release.
  mutating func recover(from failure: Failure) async -> Failure {
    if let pods = try? await rollout.notReady(tools, session) { result.podsNotReady = pods }
    let why = result.podsNotReady.prefix(3).map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
    let cause = failure.message + (why.isEmpty ? "" : "; not ready: \(why)")
    do {
      try await readBack()
    } catch {
      return Failure(
        failure.code, cause + "; and what state the release is in could not be asked: \(error.message)",
        hint: "helm history \(spec.release) -n \(spec.namespace)")
    }
    guard let revision = result.toRevision, revision != result.fromRevision else {
      return Failure(failure.code, cause + "; the release is as it was", hint: failure.hint)
    }
    let state = "revision \(revision) is \(result.status ?? "unknown")"
    guard let lastGood else {
      return Failure(
        failure.code, "\(cause); \(state)",
        hint: "there is no revision before; helm uninstall \(spec.release) -n \(spec.namespace) takes it away"
      )
    }
    guard spec.rollback else {
      return Failure(
        failure.code, "\(cause); \(state)",
        hint: "helm rollback \(spec.release) \(lastGood) -n \(spec.namespace)")
    }
    session.note("\(state); rolling back to revision \(lastGood)")
    let words = ["rollback", spec.release, String(lastGood), "-n", spec.namespace, "--wait", "--timeout"]
    do {
      _ = try await tools.bytes(
        of: tools.helm(words + ["\(Int(spec.timeout.rounded(.up)))s"], changes: true), "helm rollback",
        session,
        deadline: .seconds(spec.timeout * 2 + 30))
      try await readBack()
    } catch {
      try? await readBack()
      return Failure(
        failure.code, "\(cause); \(state); going back to revision \(lastGood) failed: \(error.message)",
        hint: "helm history \(spec.release) -n \(spec.namespace)")
    }
    result.rolledBack = true
    return Failure(
      failure.code,
      "\(cause); revision \(revision) was rolled back to revision \(lastGood) as revision \(result.toRevision ?? 0)",
      hint: "mend the cause, then `gantry rerun`")
  }
}
