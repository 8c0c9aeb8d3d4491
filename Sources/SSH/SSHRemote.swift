import Fleet

/// A node over one SSH connection. Two commands, or one and a dialogue, run at a time, each in a channel of its own.
public final class SSHRemote: Remote {
  private let connection: Connection
  private let privilege: Privilege
  /// What one become password is known by, among all nodes; nil without one.
  private let pair: PasswordTrials.Pair?
  private let trials: PasswordTrials

  init(_ connection: Connection, target: SSHTarget, trials: PasswordTrials) {
    self.connection = connection
    self.trials = trials
    // root needs no sudo, and small systems have none.
    privilege = target.user == "root" ? .none : target.privilege
    pair =
      if let program = privilege.program, let password = privilege.password {
        // su wants root's password, whoever asks.
        PasswordTrials.Pair(
          program: program, user: program == "su" ? "root" : target.user, password: password)
      } else {
        nil
      }
  }

  /// See ``Remote/run(_:input:limits:)``.
  ///
  /// After `cancelled`, `stalled`, `command-timeout` and the sudo codes the connection can be used again,
  /// although the command may still run on the node until it notices that its input has ended; a fifth such
  /// command closes the connection. After `connection-lost` it is gone.
  ///
  /// A become password is tried on one node first; when that refuses it, the others fail with
  /// `sudo-password-wrong` without a try.
  public func run(
    _ command: RemoteCommand, input: (any ByteStream)?, limits: CommandLimits
  ) async throws(Failure) -> CommandOutput {
    guard command.asRoot, let pair else {
      return try await connection.run(command, privilege: privilege, input: input, limits: limits)
    }
    switch await trials.permit(pair) {
    case .wrong:
      throw PasswordTrials.wrong
    case .known:
      return try await connection.run(command, privilege: privilege, input: input, limits: limits)
    case .first:
      let trials = trials
      let trial = Trial { outcome in Task { await trials.finish(pair, outcome) } }
      // Whatever ends the command before it has started says nothing about the password.
      defer { trial.end(.unknown) }
      do {
        return try await connection.run(
          command, privilege: privilege, input: input, limits: limits, trial: trial)
      } catch {
        if error.code == .sudoPasswordWrong { trial.end(.refused) }
        throw error
      }
    }
  }

  /// See ``Remote/converse(with:at:limits:)``. sshd allows it unless AllowStreamLocalForwarding says otherwise.
  public func converse(
    with dialogue: any SocketDialogue, at path: String, limits: CommandLimits
  ) async throws(Failure) {
    guard privilege.program == nil else {
      throw Failure(.channelRefused, "sockets are reached as the user of the connection, not as root")
    }
    try await connection.converse(with: dialogue, at: path, limits: limits)
  }

  /// The host's key, of a connection that ``SSHTarget/stopsAtHostKey``.
  var shownKey: PublicKey? { get async { await connection.shownKey } }

  /// Cancels a command under way, says goodbye and frees everything; takes a second at most, or five where a
  /// command was given up.
  public func close() async {
    await connection.close()
  }
}
