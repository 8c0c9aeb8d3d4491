import ArgumentParser

/// `gantry check`: is every node fit for the work?
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Tell whether every node can be reached and is fit; with BUNDLE, also whether it fits. Changes nothing."
  )

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var images: ImageOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The bundle or image archive that is to be loaded later.")
  var bundle: String?

  func run() async throws {
    let invocation = Invocation.check(fleet.settings, bundle.map { images.settings(bundle: $0) })
    throw ExitCode(try await Execution(output).execute(invocation, runtime: images))
  }
}
