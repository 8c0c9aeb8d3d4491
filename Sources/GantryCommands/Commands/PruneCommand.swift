import ArgumentParser
import Fleet
import Foundation
import Terminal

/// `gantry prune`: older versions of the bundle's repositories go from the nodes.
struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove older versions of a bundle's images that no container uses; shows them and asks first.",
    discussion: """
      Looks only at repositories in which the bundle has a version. A newer version, a tag that is no version, a pinned \
      image, and one that a container stands on are left alone.
      """)

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var images: ImageOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "How many versions of each repository stay, the bundle's own counted.")
  var keep: Int = 2

  @Flag(help: "Remove without asking.")
  var yes = false

  @Flag(help: "Only show what would go.")
  var dryRun = false

  @Argument(help: "The bundle whose versions are the newest to keep.")
  var bundle: String

  func validate() throws {
    if keep < 1 { throw ValidationError("--keep must be 1 or more") }
  }

  func run() async throws {
    let settings = images.settings(bundle: bundle)
    let execution = Execution(output)
    let survey = try await execution.surveyPrune(fleet.settings, settings, keep: keep)
    let removable = survey.removable
    let count = removable.values.reduce(0) { $0 + $1.count }
    if dryRun || count == 0 {
      try execution.context.tell(survey.result)
      throw ExitCode(survey.result.exitCode)
    }
    let console = execution.context.console
    for line in ImageMatrix.lines(survey.result, status: .removable) { console.message(line) }
    if !yes {
      guard isatty(STDIN_FILENO) == 1 else {
        throw UsageError(
          "\(count) names would be removed, and nobody is there to ask", hint: "--yes removes them")
      }
      console.prompt("remove these \(count) names? [y/N] ")
      guard ["y", "yes"].contains(readLine()?.lowercased()) else {
        throw UsageError("nothing was removed")
      }
    }
    let prune = PruneSettings(keep: keep, removable: removable)
    throw ExitCode(
      try await execution.execute(.prune(fleet.settings, settings, prune), prepared: survey.target))
  }
}
