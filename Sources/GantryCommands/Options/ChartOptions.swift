import ArgumentParser
import Helm

/// Where the new chart comes from.
struct ChartOptions: ParsableArguments {
  @Argument(help: "The bundle whose chart it is.")
  var bundle: String?

  @Option(help: "A chart's folder or .tgz on this machine, in place of a bundle.")
  var chart: String?

  @Option(help: "The address of a chart repository that the control node reaches, in place of a bundle.")
  var repo: String?

  @Option(help: "The repository's name on the control node; the release's where it is not given.")
  var repoName: String?

  @Option(help: "The chart's name in the repository; the release's where it is not given.")
  var chartName: String?

  @Option(help: "The chart's version; from a repository the newest where it is not given.")
  var chartVersion: String?

  func validate() throws {
    let isRepository = repo != nil || repoName != nil
    let count = (bundle != nil ? 1 : 0) + (chart != nil ? 1 : 0) + (isRepository ? 1 : 0)
    guard count == 1 else {
      throw ValidationError("give one of BUNDLE, --chart, and --repo or --repo-name")
    }
    if chartName != nil, !isRepository { throw ValidationError("--chart-name is for --repo and --repo-name") }
  }

  /// With absolute paths, so that a rerun from another folder finds the same files.
  func source(release: String) throws -> ChartSource {
    if let bundle { return .bundle(path: Paths.absolute(bundle)) }
    if let chart { return .chart(path: Paths.absolute(chart)) }
    return .repository(
      ChartRepository(name: repoName ?? release, url: repo, chart: chartName ?? release))
  }
}
