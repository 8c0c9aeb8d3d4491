import ArgumentParser
import Documents
import Fleet
import Foundation
import Playbooks

/// `gantry run`: the steps of a playbook.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a playbook: its steps in order, each over its nodes.",
    discussion: """
      PLAYBOOK is the name of a built-in one (see `gantry playbook list`) or a file. Everything in it is checked before \
      any node is touched. A step in which more nodes failed than may ends the playbook; `gantry rerun` goes on from \
      there.
      """)

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var output: OutputOptions

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("The value of a variable; may be repeated.", valueName: "name=value"))
  var sets: [String] = []

  @Option(help: "A YAML file of variables; may be repeated, a later one wins.")
  var varsFile: [String] = []

  @Flag(help: "Say what would be done, and change nothing.")
  var check = false

  @Option(help: "Begin with this step.")
  var startAt: String?

  @Flag(help: "Ask before each step.")
  var step = false

  @Option(help: "Only steps with one of these tags, set apart by commas.")
  var tags: String?

  @Option(help: "No step with one of these tags.")
  var skipTags: String?

  @Flag(help: "Answer every question with yes.")
  var yes = false

  @Argument(help: "The name of a built-in playbook, or a file.")
  var playbook: String

  func validate() throws {
    for set in sets where !set.contains("=") || set.hasPrefix("=") {
      throw ValidationError("--set \(set): write NAME=VALUE")
    }
    if step, yes { throw ValidationError("--step asks and --yes answers: give one of them") }
  }

  func run() async throws {
    var sources = VariableValues.Sources(folder: FileManager.default.currentDirectoryPath)
    sources.words = sets.map { set in
      let parts = set.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), String(parts[1]))
    }
    for file in varsFile.reversed() {
      sources.files.append(try VariablesFile(reading: Paths.absolute(file)))
    }
    let settings = PlaybookSettings(
      playbook: PlaybookLibrary.isName(playbook) ? playbook : Paths.absolute(playbook), check: check,
      startAt: startAt, asksEachStep: step, tags: Self.words(tags), skipTags: Self.words(skipTags), yes: yes)
    throw ExitCode(
      try await PlaybookExecution(Execution(output)).execute(fleet.settings, settings, values: sources))
  }

  private static func words(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
