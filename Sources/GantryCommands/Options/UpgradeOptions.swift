import ArgumentParser
import Helm

/// Which release, and how it is upgraded.
struct UpgradeOptions: ParsableArguments {
  @Option(help: "The release's name.")
  var release: String

  @Option(name: [.customShort("n"), .long], help: "The release's namespace.")
  var namespace: String

  @Option(help: "The registry for the images, which may carry a project: sets global.imageRegistry.")
  var registry: String?

  @Option(help: ArgumentHelp("Another value that holds the registry; may be repeated.", valueName: "key"))
  var registryKey: [String] = []

  @Option(help: "A file of values, laid over the release's own; may be repeated.")
  var values: [String] = []

  @Option(
    help: ArgumentHelp(
      "One value, laid over all others; no secret, since it is recorded.", valueName: "key=value"))
  var set: [String] = []

  @Option(help: "Seconds that the roll-out may take.")
  var rolloutTimeout: Double = 600

  @Flag(inversion: .prefixedNo, help: "Wait until everything is ready.")
  var wait = true

  @Flag(inversion: .prefixedNo, help: "On failure go back to the revision before.")
  var rollback = true

  @Flag(inversion: .prefixedNo, help: "Apply the chart's custom resource definitions first.")
  var crds = true

  @Flag(inversion: .prefixedNo, help: "Change the values as the module's new version needs it.")
  var migrations = true

  @Flag(help: "Upgrade though some node lacks an image, or could not be asked.")
  var skipCoverage = false

  @Flag(help: "Do it though it is a downgrade, or a chart of another name.")
  var force = false

  @Option(help: ArgumentHelp("Go on in spite of this known issue; may be repeated.", valueName: "id"))
  var accept: [String] = []

  @Option(
    help: ArgumentHelp("Do about this known issue what gantry can do; may be repeated.", valueName: "id"))
  var remedy: [String] = []

  @Flag(help: "Install the release where it is not there.")
  var install = false

  @Flag(help: "Make the namespace where it is not there, with --install.")
  var createNamespace = false

  @Flag(help: "Let helm remove what a failed upgrade made anew.")
  var cleanupOnFail = false

  @Option(help: "The cluster's configuration on the control node.")
  var kubeconfig: String?

  @Option(help: "The context in it.")
  var context: String?

  @Option(help: "containerd or docker, on nodes that have both; otherwise the one the kubelet uses.")
  var runtime: String?

  @Option(help: "containerd's namespace.")
  var containerdNamespace: String?

  @Flag(help: "Say what would be done and what would differ, and change nothing.")
  var dryRun = false

  func validate() throws {
    if !(rolloutTimeout >= 1 && rolloutTimeout <= 86_400) {
      throw ValidationError("--rollout-timeout must be 1 or more and at most 86400")
    }
    for setting in set {
      do { _ = try SettingsYAML.parse(setting) } catch { throw ValidationError("--set: \(error.message)") }
    }
    if let runtime, !["containerd", "docker"].contains(runtime) {
      throw ValidationError("--runtime is containerd or docker, not '\(runtime)'")
    }
    if let containerdNamespace, !ImageOptions.isNamespace(containerdNamespace) {
      throw ValidationError("--containerd-namespace: '\(containerdNamespace)' is no namespace")
    }
  }

  func spec(_ source: ChartSource) -> UpgradeSpec {
    var spec = UpgradeSpec(release: release, namespace: namespace, chart: source)
    spec.registry = registry.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    spec.registryKeys += registryKey
    spec.valuesFiles = values.map(Paths.absolute)
    spec.settings = set.compactMap { try? SettingsYAML.parse($0) }
    spec.timeout = rolloutTimeout
    spec.wait = wait
    spec.rollback = rollback
    spec.crds = crds
    spec.useMigrations = migrations
    spec.skipCoverage = skipCoverage
    spec.force = force
    spec.accepted = accept
    spec.remedies = remedy
    spec.install = install
    spec.createNamespace = createNamespace
    spec.cleanupOnFail = cleanupOnFail
    spec.kubeconfig = kubeconfig
    spec.context = context
    return spec
  }
}
