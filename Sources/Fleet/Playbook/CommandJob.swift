import Inventory
import Playbooks

/// The `exec` of a playbook on one node.
public struct CommandJob: NodeJob {
  private let work: ExecWork
  private let timeout: Duration?
  private let dryRun: Bool
  /// Never shown, should the command print them.
  private let secrets: [Secret]

  public init(_ work: ExecWork, timeout: Duration?, dryRun: Bool, secrets: [Secret]) {
    self.work = work
    self.timeout = timeout
    self.dryRun = dryRun
    self.secrets = secrets
  }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    session.enter(.command)
    if let path = work.creates {
      let probe = RemoteCommand(["test", "-e", path], asRoot: work.asRoot, changes: false)
      let found = try await session.run(probe, limits: CommandLimits(deadline: .seconds(60)))
      if found.succeeded { return .ok }
    }
    // A dry run has no command that changes something, and says that there would be one.
    if dryRun, work.changes { return .changed }
    let (command, input) = prepared()
    if work.changes { session.markChanged() }
    let output = try await session.run(
      command, input: input, limits: CommandLimits(deadline: timeout, outputBytes: 1 << 20),
      logsOutput: secrets.isEmpty)
    let result = CommandResult(
      status: output.status, stdout: masked(output.standardOutput), stderr: masked(output.standardError),
      truncated: output.truncated)
    if !secrets.isEmpty {
      for text in [result.stdout, result.stderr] where !text.isEmpty { session.emit(.output(text)) }
    }
    session.record(command: result)
    if let signal = output.signal { throw Failure(.remoteSignal, "the command was ended by SIG\(signal)") }
    guard output.status == 0 else {
      let said = PrintableText.line(result.stderr.isEmpty ? result.stdout : result.stderr)
      throw Failure(
        .remoteExit, "the command ended with exit \(output.status)" + (said.isEmpty ? "" : ": \(said)"))
    }
    return work.changes ? .changed : .ok
  }

  private func prepared() -> (RemoteCommand, (any ByteStream)?) {
    let input: (any ByteStream)? =
      switch work.input {
      case nil: nil
      case .plain(let text)?: MemoryStream(text)
      case .secret(let secret)?: MemoryStream(secret.revealed)
      }
    switch work.command {
    case .words(let words):
      return (RemoteCommand(words, asRoot: work.asRoot, changes: work.changes), input)
    case .shell(let text, let arguments) where text.contains("\n") && input == nil:
      // A text of several lines goes in as a script, since csh cannot quote a line break. Inside braces the shell reads
      // all of it before it runs any, and a command in it that reads its input finds none.
      let script = "{\n\(text)\n} </dev/null\n"
      return (
        .readingScript(arguments: arguments, asRoot: work.asRoot, changes: work.changes), MemoryStream(script)
      )
    case .shell(let text, let arguments):
      return (.shell(text, arguments, asRoot: work.asRoot, changes: work.changes), input)
    }
  }

  private func masked(_ bytes: [UInt8]) -> String {
    var text = PrintableText.lines(bytes)
    for secret in secrets where !secret.revealed.isEmpty {
      text = text.split(separator: secret.revealed, omittingEmptySubsequences: false).joined(
        separator: Secret.mask)
    }
    return text
  }
}
