/// A node of a Kubernetes cluster, as far as an inventory tells of it.
///
/// What the cluster said is checked before it gets here, so that a name can stand in an inventory as it is: Ansible would
/// read a bracket as a range and a colon as a port.
public struct ClusterNode: Sendable, Hashable, Encodable {
  /// The Node object's name.
  public let name: String
  /// Its `InternalIP`, the first if there are several, else its `ExternalIP`; nil when it tells neither.
  public let address: String?
  /// Whether it carries a control plane's role label.
  public let isControlPlane: Bool
  /// `containerd` or `docker`; nil for a runtime that gantry cannot load into.
  public let runtime: String?
  /// Every address and host name that it tells, as it tells them: to compare with, not to print.
  public let knownAs: Set<String>

  private enum CodingKeys: String, CodingKey { case name, address, isControlPlane, runtime }

  /// - Parameter runtimeVersion: `status.nodeInfo.containerRuntimeVersion`, such as `containerd://1.6.20`.
  /// - Throws: `inventory-cluster` for a name or address that no cluster gives.
  init(
    name: String, address: String?, isControlPlane: Bool, runtimeVersion: String?, knownAs: Set<String> = []
  ) throws(InventoryError) {
    guard Self.isName(name) else {
      throw InventoryError(.cluster, "the cluster names a node \(name.quoted), which no node can be called")
    }
    if let address, !HostAddress.isPlainAddress(address) {
      throw InventoryError(
        .cluster, "the cluster's node \(name) has the address \(address.quoted), which is none")
    }
    self.name = name
    self.address = address
    self.isControlPlane = isControlPlane
    self.knownAs = knownAs
    runtime = ["containerd", "docker"].first { runtimeVersion?.hasPrefix($0 + "://") == true }
  }

  /// An RFC 1123 subdomain, which the Kubernetes API requires of the names of nodes.
  private static func isName(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      !label.isEmpty && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
  }
}

extension HostAddress {
  /// An IPv4 or IPv6 address without ranges and port.
  static func isPlainAddress(_ text: String) -> Bool {
    guard !text.contains("["), let parsed = parse(text), parsed.port == nil else { return false }
    if parsed.name.contains(":") { return true }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { $0.count <= 3 && $0.allSatisfy(\.isASCIIDigit) && (Int($0) ?? 256) <= 255 }
  }
}
