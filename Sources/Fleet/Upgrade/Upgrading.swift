import Helm

/// Carries out the upgrade of a Helm release; ``HelmUpgrade`` does it with the real helm of the control node.
public protocol Upgrading: Sendable {
  /// Never throws: what stopped it is in the control node's result.
  ///
  /// When the surrounding task is cancelled, helm is ended, and the outcome says what state the release is in.
  ///
  /// - Parameters:
  ///   - dryRun: sends no changing command; the outcome tells the commands and what would differ.
  ///   - files: keeps the backups on this machine.
  func upgrade(
    _ spec: UpgradeSpec, dryRun: Bool, files: any FileKeeper, events: any EventSink
  ) async -> UpgradeOutcome
}

/// How an upgrade ended.
public struct UpgradeOutcome: Sendable {
  /// The control node first, then every node that the coverage gate asked, with the images it was asked for.
  public var nodes: [NodeResult]
  public var upgrade: UpgradeResult
  /// Nodes of the cluster that the inventory lacks.
  public var notInInventory: [String]

  public init(nodes: [NodeResult], upgrade: UpgradeResult, notInInventory: [String] = []) {
    self.nodes = nodes
    self.upgrade = upgrade
    self.notInInventory = notInInventory
  }
}

/// Keeps files of a run on this machine, such as backups of values: private from the moment they exist.
public protocol FileKeeper: Sendable {
  /// Writes a file of that plain name; returns where it is.
  func keep(_ bytes: [UInt8], as name: String) throws(Failure) -> String
}
