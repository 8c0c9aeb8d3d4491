import Inventory

/// One machine of the fleet, as a run sees it.
public struct Node: Sendable, Identifiable {
  /// The inventory's name for it; unique within a run.
  public let name: String
  /// The host name or address that is connected to.
  public let address: String
  /// How to reach it and what runs there, from the inventory.
  public let settings: ConnectionSettings
  /// It is in the inventory's group `control`: helm and kubectl run there, images perhaps not.
  public let isControl: Bool

  public var id: String { name }

  /// - Throws: what is wrong with the host's variables, with file and line.
  public init(_ host: Host) throws(InventoryError) {
    name = host.name
    isControl = host.groups.contains("control")
    settings = try host.connectionSettings()
    address = settings.address
  }
}
