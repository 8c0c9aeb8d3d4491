import Documents

/// The hosts listed in one place of one file, to tell a host that is there twice from a range with an
/// exception.
///
/// `node[1:20]` followed by `node3 ansible_port=2222` is how people write an exception, and is fine. The same
/// name twice, or two ranges that overlap, is a mistake whose second half Ansible silently merges into the
/// first.
struct HostListing {
  private var plain: [String: Int] = [:]
  private var ranged: [String: Int] = [:]

  /// The names and port of an entry.
  ///
  /// - Throws: `inventory-range`, `inventory-duplicate-host`.
  mutating func add(
    _ text: String, at origin: Origin
  ) throws(InventoryError) -> (names: [String], port: Int?) {
    let address = HostAddress(text)
    let isRange = HostRange.isRange(address.name)
    let names = isRange ? try HostRange(address.name, at: origin).expanded() : [address.name]
    for name in names {
      if let line = isRange ? ranged[name] : plain[name] {
        throw InventoryError(
          .duplicateHost, "the host \(name.quoted) is listed twice in one group", at: origin,
          hint: "it is on line \(line) too; put all its variables in one place")
      }
      if isRange { ranged[name] = origin.line ?? 0 } else { plain[name] = origin.line ?? 0 }
    }
    return (names, address.port)
  }
}
