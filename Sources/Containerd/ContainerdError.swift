/// Why containerd's answer is none that a client can go on with.
///
/// What a node sends is not trusted: every length and number in it is checked before it is used.
public struct ContainerdError: Error, Sendable, Equatable {
  /// One line, lower case, no full stop; may hold what the node said, as it said it.
  public let message: String

  init(_ message: String) { self.message = message }
}
