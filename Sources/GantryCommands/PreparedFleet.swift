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

  /// Reads the inventory and works out every node's settings, so that a mistake in the file of one node is told before
  /// any is touched.
  init(_ settings: FleetSettings, console: Console) throws(InventoryError) {
    let inventory = try Inventory.load(paths: settings.inventories)
    let selection = try inventory.select(settings.limit ?? "all")
    for warning in selection.warnings { console.warning(warning) }
    var nodes: [Node] = []
    for host in selection.hosts { nodes.append(try Node(host)) }
    self.nodes = nodes
    if let name = settings.control {
      guard let host = inventory.host(named: name) else {
        throw InventoryError(
          code: .pattern, message: "--control: the inventory has no host \(PrintableText.line(name))",
          hint: "see `gantry inventory list`")
      }
      control = try Node(host)
    } else if let host = inventory.group("control")?.hosts.first.flatMap(inventory.host(named:)) {
      control = try Node(host)
    } else {
      control = nil
    }
    connector = FleetConnector(settings)
  }

  /// Keeps only these nodes, in the inventory's order.
  mutating func keep(_ names: [String]) {
    let kept = Set(names)
    nodes.removeAll { !kept.contains($0.name) }
  }
}
