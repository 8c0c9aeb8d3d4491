import Fleet
import Inventory
import Terminal

/// The nodes of one invocation and the way to them; made before anything is connected.
struct PreparedFleet {
  var nodes: [Node]
  /// Every host of the inventory, whatever the limit says.
  let allHosts: [Node]
  /// Where kubectl and helm run; nil when the inventory names nobody.
  let control: Node?
  let connector: any Connector
  private let inventory: Inventory
  private let byName: [String: Node]

  /// Reads the inventory and works out every node's settings, so that a mistake in the file of one node is told before
  /// any is touched.
  init(_ settings: FleetSettings, console: Console) throws(InventoryError) {
    let inventory = try Inventory.load(paths: settings.inventories)
    let selection = try inventory.select(settings.limit ?? "all")
    for warning in selection.warnings { console.warning(warning) }
    // Of all hosts, whatever the limit says: a mistake anywhere in the file is told.
    var all: [Node] = []
    for host in inventory.hosts { all.append(try Node(host)) }
    allHosts = all
    let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    self.inventory = inventory
    self.byName = byName
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
    connector = FleetConnector(settings)
  }

  /// A setting that gantry cannot follow is an error before anything is connected, never left out in silence.
  private static func refuseWhatIsNotThere(_ node: Node) throws(InventoryError) {
    let settings = node.settings
    if let jump = settings.jump, !jump.isEmpty {
      throw InventoryError(
        .unsupported, "the node \(node.name) is reached through \(jump), and gantry cannot jump yet",
        hint: "run gantry on that host, or leave the node out with -l '!\(node.name)'")
    }
    if settings.become == true, settings.becomeMethod != .sudo || settings.becomeUser != "root" {
      throw InventoryError(
        .unsupported,
        "the node \(node.name) asks for \(settings.becomeMethod.rawValue) to \(settings.becomeUser); gantry becomes root by sudo",
        hint: "set ansible_become_method: sudo and leave out ansible_become_user")
    }
  }

  /// The nodes of a pattern, whatever the limit says, in the pattern's order.
  func select(_ pattern: String) throws(InventoryError) -> (nodes: [Node], warnings: [String]) {
    let selection = try inventory.select(pattern)
    return (selection.hosts.compactMap { byName[$0.name] }, selection.warnings)
  }

  /// Keeps only these nodes, in the inventory's order.
  mutating func keep(_ names: [String]) {
    let kept = Set(names)
    nodes.removeAll { !kept.contains($0.name) }
  }
}
