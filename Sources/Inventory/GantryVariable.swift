import Documents

/// The variables that are gantry's own. All begin with `gantry_`, and one that is not here is an error.
public enum GantryVariable: String, Sendable, CaseIterable {
  /// The container runtime: `containerd`, `docker` or `auto`. See ``ConnectionSettings/runtime``.
  case runtime = "gantry_runtime"
  /// The containerd namespace, such as `k8s.io`. See ``ConnectionSettings/namespace``.
  case namespace = "gantry_namespace"
  /// containerd's socket. See ``ConnectionSettings/socket``.
  case socket = "gantry_socket"
  /// The hosts to go through, as `ssh -J` takes them. See ``ConnectionSettings/jump``.
  case jump = "gantry_jump"

  static let prefix = "gantry_"

  /// Looks for variables that would be gantry's own and are not.
  ///
  /// - Throws: `inventory-variable` with the nearest right name: a misspelled setting would be silently lost.
  static func check(_ variables: Variables) throws(InventoryError) {
    for entry in variables where entry.name.hasPrefix(prefix) && Self(rawValue: entry.name) == nil {
      let names = allCases.map(\.rawValue)
      throw InventoryError(
        .variable, "gantry has no variable \(entry.name.quoted)", at: entry.origin,
        hint: NearestName.hint(entry.name, in: names) ?? "there are \(names.joined(separator: ", "))")
    }
  }
}
