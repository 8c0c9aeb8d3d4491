/// A way to run commands on one node. An SSH connection is one; so is this machine itself.
///
/// A remote runs two commands at a time; a third call waits for one of them. Nothing in this protocol blocks the
/// cooperative thread pool.
public protocol Remote: Sendable {
  /// Runs `command` and waits for its end.
  ///
  /// A status other than 0 is a result, not an error. An error means that the outcome is not known: the connection
  /// broke, a deadline passed, the privilege could not be had, the task was cancelled.
  ///
  /// - Parameters:
  ///   - command: what to run; rendered by ``RemoteCommand`` alone, never by string interpolation.
  ///   - input: the bytes of its standard input, read as fast as the node takes them; nil for none.
  ///   - limits: how long to wait and how much output to keep.
  func run(
    _ command: RemoteCommand, input: (any ByteStream)?, limits: CommandLimits
  ) async throws(Failure) -> CommandOutput

  /// Talks to whatever listens at a Unix socket of the node, as the user of the connection, until both sides have ended.
  ///
  /// - Throws: `channel-refused` where there is no way to the socket, or not for this user; nothing has happened then.
  func converse(
    with dialogue: any SocketDialogue, at path: String, limits: CommandLimits
  ) async throws(Failure)

  /// Ends the connection. Harmless when it is already gone.
  func close() async
}

extension Remote {
  public func converse(
    with dialogue: any SocketDialogue, at path: String, limits: CommandLimits
  ) async throws(Failure) {
    throw Failure(.channelRefused, "this way to a node leads to no sockets")
  }
}

/// Opens the way to a node.
public protocol Connector: Sendable {
  /// Connects and authenticates; every wait inside has a deadline.
  func connect(to node: Node) async throws(Failure) -> any Remote
  /// Ends what the connections shared, such as the way through a jump host; after the last of them.
  func close() async
}

extension Connector {
  public func close() async {}
}
