import ArgumentParser

/// `gantry load`: the images of a bundle onto every node.
struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract:
      "Load a bundle's images onto every node, under every name that is wanted; only what a node lacks travels."
  )

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var images: ImageOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Pin the images, so that the kubelet does not collect them (containerd 1.7.3 and newer).")
  var pin = false

  @Flag(help: "Send everything, whatever the node has.")
  var full = false

  @Flag(help: "Say what would travel, and change nothing.")
  var dryRun = false

  @Argument(help: "A bundle, an images.tar, or an OCI layout; plain, gzip or zstd.")
  var bundle: String

  func run() async throws {
    var settings = images.settings(bundle: bundle)
    settings.pin = pin
    settings.full = full
    settings.dryRun = dryRun
    throw ExitCode(try await Execution(output).execute(.load(fleet.settings, settings)))
  }
}
