/// The operator's own command on each node.
public struct ExecJob: NodeJob {
  private let command: RemoteCommand
  private let timeout: Duration?

  /// - Parameters:
  ///   - words: one word is a line for `sh -c`; several are a program and its arguments.
  ///   - timeout: for the command alone, without the connection; nil for none.
  public init(words: [String], asRoot: Bool, timeout: Duration?) {
    command =
      words.count == 1
      ? .shell(words[0], asRoot: asRoot) : RemoteCommand(words, asRoot: asRoot, changes: true)
    self.timeout = timeout
  }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    session.enter(.command)
    let output = try await session.run(
      command, limits: CommandLimits(deadline: timeout, outputBytes: 1 << 20))
    session.record(
      command: CommandResult(
        status: output.status, stdout: PrintableText.lines(output.standardOutput),
        stderr: PrintableText.lines(output.standardError), truncated: output.truncated))
    if let signal = output.signal { throw Failure(.remoteSignal, "the command was ended by SIG\(signal)") }
    // Whether it changed something nobody knows; as ansible's raw, a command counts as a change.
    guard output.status == 0 else {
      throw Failure(.remoteExit, "the command ended with exit \(output.status)")
    }
    return .changed
  }
}
