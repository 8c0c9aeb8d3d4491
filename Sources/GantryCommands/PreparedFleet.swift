import Fleet
import Inventory
import SSH
import Terminal

/// The nodes of one invocation and the way to them; made before anything is connected.
struct PreparedFleet {
  var nodes: [Node]
  /// Every host of the inventory, whatever the limit says.
  let allHosts: [Node]
  /// Where kubectl and helm run; nil when the inventory names nobody.
  let control: Node?
  let connector: any Connector

  /// Reads the inventory and works out every node's settings, so that a mistake in the file of one node is told before
  /// any is touched.
  init(_ settings: FleetSettings, console: Console, secrets: FleetSecrets) throws(InventoryError) {
    let inventory = try Inventory.load(paths: settings.inventories)
    let selection = try inventory.select(settings.limit ?? "all")
    for warning in selection.warnings { console.warning(warning) }
    // Of all hosts, whatever the limit says: a mistake anywhere in the file is told.
    var all: [Node] = []
    for host in inventory.hosts { all.append(try Node(host)) }
    allHosts = all
    let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    nodes = selection.hosts.compactMap { byName[$0.name] }
    if let name = settings.control {
      guard let node = byName[name] else {
        throw InventoryError(
          .pattern, "--control: the inventory has no host \(name)", hint: "see `gantry inventory list`")
      }
      control = node
    } else {
      control = inventory.hosts(in: "control").first.flatMap { byName[$0.name] }
    }
    for node in nodes { try Self.refuseWhatIsNotThere(node) }
    if nodes.contains(where: { $0.settings.hostKeyChecking == false }) {
      console.warning(
        "host keys are checked all the same; --accept-new takes the keys of nodes that are not known yet")
    }
    connector = FleetConnector(settings, secrets: secrets)
  }

  /// A setting that gantry cannot follow is an error before anything is connected, never left out in silence.
  private static func refuseWhatIsNotThere(_ node: Node) throws(InventoryError) {
    let settings = node.settings
    if let jump = settings.jump, !jump.isEmpty {
      // Told before anything is connected.
      _ = try JumpTargets.parse(jump, of: node.name) { host, _, _ in
        SSHTarget(name: host, host: host, user: "", authentication: [])
      }
    }
    if settings.become == true, settings.becomeUser != "root" {
      throw InventoryError(
        .unsupported,
        "the node \(node.name) asks to become \(settings.becomeUser); gantry becomes root and nobody else",
        hint: "leave out ansible_become_user, or log in as that user (ansible_user)")
    }
  }

  /// Keeps only these nodes, in the inventory's order.
  mutating func keep(_ names: [String]) {
    let kept = Set(names)
    nodes.removeAll { !kept.contains($0.name) }
  }
}
