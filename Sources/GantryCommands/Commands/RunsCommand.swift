import ArgumentParser
import Fleet
import Foundation
import Runs
import Terminal

/// `gantry runs`: what was done before.
struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Look at earlier runs.", subcommands: [List.self, Show.self],
    defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "All runs, the newest first.")

    @OptionGroup var output: OutputOptions

    struct Row: Encodable {
      let run: String
      let command: String
      let started: String
      /// `done`, `in progress`, or `killed`.
      let state: String
      let summary: RunResult.Summary
      let rerunOf: String?
    }

    func run() async throws {
      var rows: [Row] = []
      for folder in output.store().all() {
        // A folder whose inputs were never written is a run that touched nothing.
        guard let inputs = try? folder.inputs() else { continue }
        let result = try folder.result()
        let state = result != nil ? "done" : folder.isRunning ? "in progress" : "killed"
        rows.append(
          Row(
            run: inputs.run, command: inputs.command, started: inputs.started, state: state,
            summary: RunResult.Summary(try folder.nodeResults()), rerunOf: inputs.rerunOf))
      }
      let console = output.console()
      switch output.output {
      case .json: console.result(try JSONOutput.text(["runs": rows]))
      case .text:
        for row in rows {
          let bad = row.summary.failed + row.summary.unreachable + row.summary.cancelled
          console.result(
            "\(row.run)  \(row.command.padding(toLength: 7, withPad: " ", startingAt: 0))  "
              + "\(row.state.padding(toLength: 11, withPad: " ", startingAt: 0))  \(row.summary.ok) ok, \(bad) not fine"
              + (row.rerunOf.map { "  (rerun of \($0))" } ?? ""))
        }
        if rows.isEmpty { console.message("gantry: there is no run yet") }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "One run: its result, and with --node what a node printed.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Show everything that this node's commands printed.")
    var node: String?

    @Argument(help: "A run's name, or how it begins or ends; the newest when left out.")
    var run: String?

    func run() async throws {
      let store = output.store()
      let folder = if let run { try store.find(run) } else { try store.latest() }
      let console = output.console()
      let inputs = try folder.inputs()
      if let node {
        guard inputs.nodes.contains(node) else {
          throw RunError(.notFound, "run \(folder.id) had no node \(PrintableText.line(node))")
        }
        if let log = folder.log(of: node) { console.result(String(decoding: log, as: UTF8.self)) }
        return
      }
      let nodes = try folder.nodeResults()
      var result =
        try folder.result()
        ?? RunResult(
          run: inputs.run, command: inputs.command, started: inputs.started, seconds: 0, dryRun: nil,
          nodes: nodes)
      let steps = try folder.stepResults()
      if !steps.isEmpty { result.steps = steps }
      switch output.output {
      case .json: console.result(try JSONOutput.text(result))
      case .text:
        if !steps.isEmpty {
          console.result(ResultText.steps(steps, dryRun: result.dryRun == true, console: console))
        }
        console.result(ResultText.table(result, console: console))
        let unknown = Set(inputs.nodes).subtracting(nodes.map(\.name))
        if !unknown.isEmpty {
          let names = inputs.nodes.filter(unknown.contains)
          console.result("\(NodeNames.folded(names))  not finished: the run was stopped before")
        }
        ResultText.tellFailures(result, console: console)
        console.message("gantry: record: \(folder.location)")
      }
    }
  }
}
