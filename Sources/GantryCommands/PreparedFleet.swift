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
  let connector: FleetConnector
  private let inventory: Inventory
  private let byName: [String: Node]

  /// Reads the inventory and the SSH configuration and works out every node's settings, so that a mistake about one node
  /// is told before any is touched.
  init(_ settings: FleetSettings, console: Console, secrets: FleetSecrets) async throws {
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
    if LibSSH2Feature.isTooOld {
      console.warning(
        "libssh2 \(libssh2Version) is older than \(LibSSH2Feature.oldest), which gantry is tested with; see `gantry doctor`"
      )
    }
    if settings.allowedForks < settings.forks {
      console.warning(
        "\(settings.allowedForks) nodes at a time and not \(settings.forks): raise the limit of open files (ulimit -n)"
      )
    }
    var resolver = TargetResolver(settings, secrets, hosts: byName.mapValues(\.settings))
    var targets: [String: ResolvedTarget] = [:]
    for node in nodes + (control.map { [$0] } ?? [])
    where targets[node.name] == nil && node.settings.connection != .local {
      targets[node.name] = try await resolver.resolve(node)
    }
    let warnings = ReachingWarnings(nodes.compactMap { node in targets[node.name].map { (node.name, $0) } })
    for warning in warnings.lines { console.warning(warning) }
    connector = FleetConnector(settings, resolver, targets, secrets)
  }

  /// A setting that gantry cannot follow is an error before anything is connected, never left out in silence.
  private static func refuseWhatIsNotThere(_ node: Node) throws(InventoryError) {
    let settings = node.settings
    if settings.become == true, settings.becomeUser != "root" {
      throw InventoryError(
        .unsupported,
        "the node \(node.name) asks to become \(settings.becomeUser); gantry becomes root and nobody else",
        hint: "leave out ansible_become_user, or log in as that user (ansible_user)")
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
