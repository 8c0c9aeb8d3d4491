import Foundation
import Helm

/// Another way to the control node while helm holds the first: to see what the pods do, and to end helm.
struct SecondConnection: Sendable {
  let connector: any Connector
  let session: NodeSession
  let events: any EventSink

  /// Tells what is not ready whenever that changes, until it is cancelled.
  func watch(_ rollout: Rollout, _ tools: ControlTools) -> Task<Void, Never> {
    let (node, connector, events) = (session.node, connector, events)
    return Task {
      guard let remote = try? await connector.connect(to: node) else { return }
      let own = NodeSession(node: node, remote: remote, events: events)
      var last: [UpgradeResult.Pod] = []
      while !Task.isCancelled {
        do { try await Task.sleep(for: .seconds(3)) } catch { break }
        guard let now = try? await rollout.notReady(tools, own) else { continue }
        if now != last, !now.isEmpty {
          let shown = now.prefix(3).map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
          own.tell("not ready: \(shown)" + (now.count > 3 ? " and \(now.count - 3) more" : ""))
        }
        last = now
      }
      await own.close()
    }
  }

  /// Ends helm and its children on the control node, though the surrounding task is cancelled.
  func end(_ name: String, _ tools: ControlTools) async {
    let (node, connector) = (session.node, connector)
    await Task.detached {
      guard let remote = try? await connector.connect(to: node) else { return }
      // Helm marks the release as failed when it is asked to stop, and needs a moment for that.
      _ = try? await remote.run(
        ControlScripts.end(name: name, seconds: 20, asRoot: tools.asRoot), input: nil,
        limits: CommandLimits(deadline: .seconds(60)))
      await remote.close()
    }.value
  }

  /// The release as helm knows it, though the surrounding task is cancelled; nil where nobody can be asked.
  func state(of spec: UpgradeSpec, _ tools: ControlTools) async -> HelmAnswers.Release? {
    let (node, connector) = (session.node, connector)
    return await Task.detached { () -> HelmAnswers.Release? in
      guard let remote = try? await connector.connect(to: node) else { return nil }
      let output = try? await remote.run(
        tools.helm(["list", "-n", spec.namespace, "-a", "-o", "json"]), input: nil,
        limits: CommandLimits(deadline: .seconds(30)))
      await remote.close()
      guard let output, output.succeeded else { return nil }
      let found = try? HelmAnswers.list(
        of: HelmAnswers.Release.self, output.standardOutput, from: "helm list")
      return found?.first { $0.name == spec.release }
    }.value
  }
}
