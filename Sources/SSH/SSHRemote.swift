import Fleet

/// A node over one SSH connection. Commands run one after the other, each in a channel of its own.
public final class SSHRemote: Remote {
  private let connection: Connection
  private let privilege: Privilege

  init(_ connection: Connection, target: SSHTarget) {
    self.connection = connection
    // root needs no sudo, and small systems have none.
    privilege = target.user == "root" ? .none : target.privilege
  }

  /// See ``Remote/run(_:input:limits:)``.
  ///
  /// After `cancelled`, `stalled`, `command-timeout` and the sudo codes the connection can be used again,
  /// although the command may still run on the node until it notices that its input has ended; a fifth such
  /// command closes the connection. After `connection-lost` it is gone.
  public func run(
    _ command: RemoteCommand, input: (any ByteStream)?, limits: CommandLimits
  ) async throws(Failure) -> CommandOutput {
    try await connection.run(command, privilege: privilege, input: input, limits: limits)
  }

  /// The host's key, of a connection that ``SSHTarget/stopsAtHostKey``.
  var shownKey: PublicKey? { get async { await connection.shownKey } }

  /// Cancels a command under way, says goodbye and frees everything; takes about a second at most.
  public func close() async {
    await connection.close()
  }
}
