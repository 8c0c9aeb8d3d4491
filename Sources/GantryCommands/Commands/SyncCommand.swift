import ArgumentParser
import Foundation
import Registry
import Terminal

/// `gantry sync`: bundles into a registry and a chart repository.
struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Push bundles into a registry and a chart repository, as a load-image.yaml says.",
    discussion: """
      Reads the file of charts-syncer. Logins come from the file, from TARGET_CONTAINERS_AUTH_USERNAME and _PASSWORD and \
      TARGET_REPO_AUTH_USERNAME and _PASSWORD, or from Docker's config.json. What is there already is not sent again, so \
      an interrupted sync is taken up by running it again.
      """)

  @Option(name: [.customShort("c"), .long], help: ArgumentHelp("The load-image.yaml.", valueName: "file"))
  var config: String

  @OptionGroup var registry: RegistryOptions
  @OptionGroup var output: OutputOptions

  @Option(
    name: [.customShort("f"), .customLong("parallel"), .customLong("forks")], help: "Layers sent at a time.")
  var parallel = 4

  @Flag(help: "Move tags and replace charts that are something else in the target.")
  var overwrite = false

  @Flag(help: "Say what would be pushed, rewritten and skipped, and change nothing.")
  var dryRun = false

  func validate() throws {
    if parallel < 1 || parallel > 64 { throw ValidationError("--parallel is 1 to 64") }
  }

  func run() async throws {
    throw ExitCode(try await SyncExecution(self).execute())
  }
}
