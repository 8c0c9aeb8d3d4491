/// One group of an inventory.
public struct Group: Sendable, Hashable {
  /// The name.
  public let name: String
  /// The hosts listed in this group itself, in the order of the file. See ``Inventory/hosts(in:)`` for all of
  /// them.
  public let hosts: [String]
  /// The groups listed as its children, in the order of the file.
  public let children: [String]
  /// Its own variables, those from `group_vars` included, those of other groups not.
  public let vars: Variables
  /// `ansible_group_priority`: of two groups as far from `all`, the one with the larger number wins. 1 if
  /// unset.
  public let priority: Int
  /// How many steps it is from `all` by the longest way; a deeper group wins over its parents.
  public let depth: Int
}
