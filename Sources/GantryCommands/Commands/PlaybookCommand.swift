import ArgumentParser
import Documents
import Fleet
import Foundation
import Playbooks
import Terminal

/// `gantry playbook`: what playbooks there are and what they say, without connecting to anybody.
struct PlaybookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "playbook", abstract: "Look at playbooks; connects to nobody.",
    subcommands: [List.self, Show.self, Lint.self, PrintSchema.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "The built-in playbooks.")

    @OptionGroup var output: OutputOptions

    struct Row: Encodable {
      let name: String
      let description: String?
      let variables: [String]
      let steps: [String]
    }

    func run() async throws {
      var rows: [Row] = []
      for name in PlaybookLibrary.names {
        let playbook = try PlaybookLibrary.find(name, absolute: Paths.absolute).lint()
        rows.append(
          Row(
            name: name, description: playbook.description, variables: playbook.variables.map(\.name),
            steps: playbook.steps.map(\.name)))
      }
      let console = output.console()
      switch output.output {
      case .json: console.result(try JSONOutput.text(["playbooks": rows]))
      case .text:
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
          console.result(
            row.name.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + (row.description ?? ""))
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "What a playbook does, in words; with --yaml, its text to start from.")

    @OptionGroup var output: OutputOptions

    @Flag(help: "Print the playbook itself.")
    var yaml = false

    @Argument(help: "The name of a built-in playbook, or a file.")
    var playbook: String

    struct Report: Encodable {
      let name: String
      let explanation: [String]
    }

    func run() async throws {
      let source = try PlaybookLibrary.find(playbook, absolute: Paths.absolute)
      let console = output.console()
      if yaml {
        console.result(source.text)
        return
      }
      let read = try source.lint()
      let lines = Explanation(read).lines
      switch output.output {
      case .json: console.result(try JSONOutput.text(Report(name: read.name, explanation: lines)))
      case .text: for line in lines { console.result(PrintableText.lines(line.utf8)) }
      }
    }
  }

  struct Lint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "lint", abstract: "Tell every mistake of playbooks, each with its line.",
      discussion: "Exit codes: 0 nothing is wrong, 1 something is.")

    @OptionGroup var output: OutputOptions

    @Argument(help: "Files, or names of built-in playbooks.")
    var playbooks: [String]

    struct Report: Encodable {
      struct Problem: Encodable {
        let code, message: String
        let line: Int?
        let hint: String?
      }
      let playbook: String
      let problems: [Problem]
    }

    func run() async throws {
      var reports: [Report] = []
      var lines: [String] = []
      for playbook in playbooks {
        var problems: [PlaybookProblem] = []
        do throws(PlaybookError) {
          _ = try PlaybookLibrary.find(playbook, absolute: Paths.absolute).lint()
        } catch {
          problems = error.problems
        }
        reports.append(
          Report(
            playbook: playbook,
            problems: problems.map {
              Report.Problem(code: $0.code.rawValue, message: $0.message, line: $0.line, hint: $0.hint)
            }))
        lines += problems.map { $0.description + ($0.hint.map { " (\($0))" } ?? "") }
      }
      let console = output.console()
      switch output.output {
      case .json: console.result(try JSONOutput.text(["playbooks": reports]))
      case .text:
        for line in lines { console.result(line) }
        if lines.isEmpty { console.message("gantry: \(playbooks.count) fine") }
      }
      if !lines.isEmpty { throw ExitCode(1) }
    }
  }

  struct PrintSchema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "The format as a JSON Schema (draft 2020-12), for editors.")

    func run() async throws {
      Console(environment: [:], verbosity: .normal).result(try JSONOutput.text(Playbook.schema))
    }
  }
}
