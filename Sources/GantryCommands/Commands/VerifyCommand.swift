import ArgumentParser

/// `gantry verify`: which node lacks which image?
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Tell which node lacks which image of a bundle, or has another image under its name. Changes nothing.")

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var images: ImageOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The bundle or image archive to compare with.")
  var bundle: String

  func run() async throws {
    throw ExitCode(
      try await Execution(output).execute(.verify(fleet.settings, images.settings(bundle: bundle))))
  }
}
