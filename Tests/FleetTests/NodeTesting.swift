@testable import Fleet
@testable import Inventory

extension Node {
  /// A node that only its name tells from others.
  static func testing(_ name: String, groups: [String] = []) -> Node {
    do { return try Node(Inventory.Host(name: name, groups: groups)) } catch {
      preconditionFailure("\(error)")
    }
  }
}
