import Fleet
import Helm

extension Execution {
  /// What carries out an upgrade from a control node.
  func upgrading(
    _ spec: UpgradeSpec, on control: Node, fleet: PreparedFleet, _ settings: FleetSettings
  ) throws -> any Upgrading {
    throw UsageError("upgrade is not in this build")
  }
}
