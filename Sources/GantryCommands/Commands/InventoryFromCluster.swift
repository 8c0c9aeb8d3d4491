import ArgumentParser
import Fleet
import Foundation
import Inventory
import Runs
import Terminal

/// `gantry inventory from-cluster`: an inventory out of what the cluster knows of its nodes.
struct InventoryFromCluster: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-cluster",
    abstract: "Write an inventory of a cluster's nodes, as `kubectl get nodes` tells of them.",
    discussion: """
      kubectl runs on this machine, or, with -i, on the inventory's control host. Standard output carries the inventory \
      (with -o json, the nodes) unless --output-file names a file. The cluster is only read.
      """)

  @Option(
    name: [.short, .long], help: "An inventory with the control host to run kubectl on; may be repeated.")
  var inventory: [String] = []

  @Option(help: "The host that kubectl runs on; otherwise the first of the group `control`.")
  var control: String?

  @Option(help: "The cluster's kubeconfig, on the machine that kubectl runs on.")
  var kubeconfig: String?

  @Option(help: "A context of the kubeconfig.")
  var context: String?

  @Option(help: "Write the inventory to this file.")
  var outputFile: String?

  @Flag(help: "Replace the file of --output-file if it is there.")
  var force = false

  @Option(help: "Seconds to wait for a connection, and as long again for the login.")
  var timeout: Double = 10

  @Option(help: "known_hosts file; may be repeated.")
  var knownHosts: [String] = []

  @Flag(help: "Take the host key of a host that no known_hosts file has, and remember it.")
  var acceptNew = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if control != nil, inventory.isEmpty {
      throw ValidationError("--control names a host of an inventory: give one with -i FILE")
    }
    if force, outputFile == nil { throw ValidationError("--force goes with --output-file") }
    if !(timeout > 0 && timeout <= 86_400) {
      throw ValidationError("--timeout must be above 0 and at most 86400")
    }
  }

  func run() async throws {
    let console = output.console()
    let path = outputFile.map(Paths.absolute)
    // Told before anybody is asked.
    if let path, !force, FileManager.default.fileExists(atPath: path) {
      throw UsageError("\(path) is there already", hint: "name another file, or replace it with --force")
    }
    let (remote, reached) = try await connect(console)
    let nodes: [ClusterNode]
    do {
      nodes = try await ClusterNodes.read(
        on: remote, asRoot: !reached.isEmpty,
        kubeconfig: reached.isEmpty ? kubeconfig.map(Paths.absolute) : kubeconfig, context: context)
    } catch {
      await remote.close()
      throw error
    }
    await remote.close()
    guard !nodes.isEmpty else { throw UsageError("the cluster has no nodes") }

    let written = ClusterInventory(nodes, reached: reached)
    for node in nodes where node.runtime == nil {
      console.warning("the node \(node.name) has another container runtime than containerd and Docker")
    }
    if written.control == nil {
      console.warning(
        "no node is labelled as a control plane; add the host that has helm to a group `control`")
    }
    if let path { try write(written.yaml, to: path) }
    switch output.output {
    case .json: console.result(try JSONOutput.text(nodes))
    case .text where path == nil: console.result(written.yaml)
    case .text: console.verbose("\(nodes.count) nodes")
    }
  }

  /// The machine that kubectl runs on, and its name and address; none for this machine.
  private func connect(_ console: Console) async throws -> (remote: any Remote, reached: Set<String>) {
    guard !inventory.isEmpty else { return (LocalRemote(privilege: .none), []) }
    let settings = FleetSettings(
      inventories: inventory.map(Paths.inventory), limit: nil, forks: 1, timeout: timeout, retries: 0,
      stallTimeout: 60, knownHosts: knownHosts.map(Paths.absolute), acceptNew: acceptNew, control: control)
    let secrets = try await FleetSecrets(settings, console: console)
    let fleet = try await PreparedFleet(settings, console: console, secrets: secrets)
    guard let host = fleet.control else {
      throw UsageError(
        "the inventory has no group `control`", hint: "name the host that has kubectl with --control")
    }
    do {
      return (try await fleet.connector.connect(to: host), [host.name, host.address])
    } catch {
      throw Failure(error.code, "\(host.name): \(error.message)", hint: error.hint)
    }
  }

  /// Whole or not at all; without --force never over a file that came in between.
  private func write(_ text: String, to path: String) throws {
    do {
      let options: Data.WritingOptions = force ? .atomic : .withoutOverwriting
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: options)
    } catch {
      throw UsageError(
        "cannot write \(path): \(error.localizedDescription)", hint: "name another file with --output-file")
    }
  }
}
