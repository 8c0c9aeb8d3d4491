import ArgumentParser

/// `gantry upgrade`: a release to a new chart, once every node has the images.
struct UpgradeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upgrade",
    abstract: "Upgrade a Helm release from the control node, once every node has every image for it.",
    discussion: """
      helm and kubectl are those of the control node: the first host of the group `control`, or --control. The release's \
      values are backed up, migrated where the new version needs it, and shown; the chart is rendered, and every \
      schedulable node asked for every image of it; only then come the custom resource definitions and helm upgrade. \
      What does not get ready is rolled back.
      """)

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var source: ChartOptions
  @OptionGroup var options: UpgradeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    var spec = options.spec(try source.source(release: options.release))
    spec.version = source.chartVersion
    let settings = UpgradeSettings(
      spec: spec, dryRun: options.dryRun, runtime: options.runtime, namespace: options.containerdNamespace)
    throw ExitCode(try await Execution(output).execute(.upgrade(fleet.settings, settings)))
  }
}
