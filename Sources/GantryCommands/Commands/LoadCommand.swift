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

  @Option(
    help: ArgumentHelp(
      "Let the nodes pull the layers that they lack from a registry that `gantry sync` filled: 10.0.0.1/release.example.io.",
      valueName: "registry"))
  var fromRegistry: String?

  @OptionGroup var reaching: RegistryOptions

  @Option(help: "With --from-registry, nodes that pull at a time.")
  var pulls = 8

  @Argument(help: "A bundle, an images.tar, or an OCI layout; plain, gzip or zstd.")
  var bundle: String

  func validate() throws {
    if pulls < 1 { throw ValidationError("--pulls must be 1 or more") }
    if fromRegistry != nil, full {
      throw ValidationError("--full sends everything, --from-registry pulls: choose one")
    }
  }

  func run() async throws {
    var fleet = fleet.settings
    if fromRegistry != nil { fleet.forks = min(fleet.forks, pulls) }
    var settings = images.settings(bundle: bundle)
    settings.pin = pin
    settings.full = full
    settings.dryRun = dryRun
    settings.fromRegistry = fromRegistry
    settings.insecure = reaching.insecure ? true : nil
    settings.caFile = reaching.caFile.map(Paths.absolute)
    throw ExitCode(try await Execution(output).execute(.load(fleet, settings)))
  }
}
