/// The work of one command on one node, after the connection is there.
public protocol NodeJob: Sendable {
  /// Does the work; called once for each attempt, with a new connection.
  ///
  /// - Returns: ``NodeStatus/ok`` or ``NodeStatus/changed``.
  /// - Throws: what stopped it. A failure that may pass is tried again from the start, so the work begins by looking at
  ///   what is there.
  func run(on session: NodeSession) async throws(Failure) -> NodeStatus
}
