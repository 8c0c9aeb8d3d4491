/// The result of `gantry inventory list -o json`: `{"hosts":[{"name":…,"groups":[…],"vars":{…}}]}`.
public struct InventoryListing: Sendable, Encodable {
  /// One host.
  public struct Entry: Sendable, Encodable {
    /// Its name.
    public let name: String
    /// Its groups, without `all`.
    public let groups: [String]
    /// Its merged variables.
    public let vars: Variables
  }

  /// The hosts, in the order they were given.
  public let hosts: [Entry]

  /// Lists hosts.
  ///
  /// - Parameter showSecrets: Without this, variables with the name of a secret have the value `***`, inside
  ///   mappings too; see ``Secret/isSecretName(_:)``.
  public init(_ hosts: some Sequence<Host>, showSecrets: Bool = false) {
    self.hosts = hosts.map {
      Entry(name: $0.name, groups: $0.groups, vars: showSecrets ? $0.vars : $0.vars.masked)
    }
  }
}

extension Inventory {
  /// All hosts with their groups and merged variables, in inventory order.
  public func listing(showSecrets: Bool = false) -> InventoryListing {
    InventoryListing(hosts, showSecrets: showSecrets)
  }
}
