/// How one node ended; the words of the JSON contract.
public enum NodeStatus: String, Sendable, Codable, CaseIterable {
  /// Everything is as asked and nothing had to change.
  case ok
  /// Everything is as asked and something was changed for it.
  case changed
  case failed
  /// No command could be run on it: resolving, connecting, or logging in failed.
  case unreachable
  /// Nothing was asked of it.
  case skipped
  /// The run was interrupted before this node was done.
  case cancelled

  /// The node is as asked.
  public var isFine: Bool { self == .ok || self == .changed || self == .skipped }
  /// A rerun takes the node up again.
  public var needsRerun: Bool { !isFine }
}
