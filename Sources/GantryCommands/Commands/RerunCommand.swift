import ArgumentParser
import Fleet
import Runs

/// `gantry rerun`: only the nodes that a run left undone.
struct RerunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerun",
    abstract: "Do a run again on the nodes that failed, were unreachable, were cancelled or never started.",
    discussion: """
      Without RUN, the newest run. The nodes that are fine are not connected to. A playbook goes on with its first step \
      that is not done, on the nodes that are not done with it, and then with the steps after it; its secrets have to be \
      in the environment again.
      """)

  @OptionGroup var output: OutputOptions

  @Argument(help: "A run's name, or how it begins or ends.")
  var run: String?

  func run() async throws {
    let store = output.store()
    let folder = if let run { try store.find(run) } else { try store.latest() }
    if folder.isRunning {
      throw RunError(.running, "run \(folder.id) is still in progress", hint: "wait for it, or stop it first")
    }
    let invocation = try Invocation(recorded: try folder.inputs())
    let execution = Execution(output)
    if case .run(let fleet, let settings) = invocation {
      let status = try await PlaybookExecution(execution).execute(fleet, settings, resuming: folder)
      throw ExitCode(status)
    }
    let names = try folder.nodesToRerun()
    if names.isEmpty {
      execution.context.console.message("gantry: run \(folder.id): every node is fine, nothing to do again")
      if output.output == .text { return }
    }
    throw ExitCode(try await execution.execute(invocation, only: names, rerunOf: folder.id.description))
  }
}
