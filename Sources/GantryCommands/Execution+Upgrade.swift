import Fleet
import Helm
import Playbooks

/// The upgrade of a release: helm on the control node, the coverage gate on the cluster's nodes.
extension Execution {
  /// - Returns: the contract's exit code.
  func upgrade(
    _ settings: FleetSettings, _ upgrade: UpgradeSettings, rerunOf: String?
  ) async throws -> Int32 {
    // What is wrong on this machine is told before anything is connected.
    let fleet = try await PreparedFleet(
      settings, console: context.console, secrets: context.secrets(for: settings))
    guard let control = fleet.control else {
      throw UsageError(
        "nobody says where helm runs",
        hint:
          "name a node with --control, or put it into the group `control` (ansible_connection: local for this machine)"
      )
    }
    _ = try UpgradeInputs(upgrade.spec)
    let options = RuntimeOptions(
      runtime: upgrade.runtime.flatMap(Runtime.Kind.init(rawValue:)), namespace: upgrade.namespace)
    let runner = FleetRunner(connector: fleet.connector, settings: settings)
    let worker = HelmUpgrade(
      control: control, hosts: fleet.allHosts, runner: runner, options: options,
      rules: { PlaybookLibrary.rules(ofChart: $0) })
    let code = try await context.record(
      .upgrade(settings, upgrade), nodes: [control.name], shown: fleet.allHosts.count, rerunOf: rerunOf
    ) { folder, events in
      let outcome = await worker.upgrade(upgrade.spec, dryRun: upgrade.dryRun, files: folder, events: events)
      return RunContext.Work(
        nodes: outcome.nodes, upgrade: outcome.upgrade,
        notInInventory: outcome.notInInventory.isEmpty ? nil : outcome.notInInventory)
    }
    await fleet.connector.close()
    return code
  }
}
