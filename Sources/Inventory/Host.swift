/// One host of an inventory.
public struct Host: Sendable, Hashable {
  /// The name in the inventory, which need not be its address.
  public let name: String
  /// All groups the host is in, directly or through their children, by name; `all` is left out.
  ///
  /// This is Ansible's `group_names`.
  public let groups: [String]
  /// The variables of its groups, its own and those from `group_vars` and `host_vars`, merged.
  public let vars: Variables

  /// Makes a host.
  public init(name: String, groups: [String] = [], vars: Variables = Variables()) {
    self.name = name
    self.groups = groups
    self.vars = vars
  }
}

/// The same type under a name that is its own, for ``Inventory/Host``.
public typealias InventoryHost = Host

extension Inventory {
  /// A host, where `Host` alone could be Foundation's as well.
  public typealias Host = InventoryHost
}
