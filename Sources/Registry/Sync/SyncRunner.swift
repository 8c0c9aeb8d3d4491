import Fleet
import Foundation
import Images

/// Brings bundles into a registry and a chart repository, as a `load-image.yaml` says.
///
/// For each bundle: ask what is there → refuse what would move a name → push layers, manifests → the chart last, since
/// it names the images. Running it again asks for a manifest per image and does only what is left.
public struct SyncRunner: Sendable {
  private let config: SyncConfig
  private let options: SyncOptions
  private let targets: SyncTargets
  private let events: (any EventSink)?

  /// - Parameter docker: logins of hosts for which the file has none; nil for no others.
  public init(
    _ config: SyncConfig, options: SyncOptions, connector: RegistryConnector, docker: DockerConfig?,
    backoff: Backoff = Backoff(), events: (any EventSink)? = nil
  ) {
    self.config = config
    self.options = options
    self.events = events
    targets = SyncTargets(config: config, docker: docker, connector: connector, backoff: backoff)
  }

  /// Reads every bundle and works out every name and every change of a chart. Blocks on disk reads.
  ///
  /// Everything that is wrong with the input is told here, before any server was asked.
  public static func prepare(_ config: SyncConfig, bundles folder: String) throws(RegistryError)
    -> (bundles: [SyncBundle], warnings: [String])
  {
    let rules = try RelocationRules(config)
    let (found, warnings) = try BundleFinder(config: config).find(in: folder)
    var bundles: [SyncBundle] = []
    var owners: [ImageReference: SyncBundle.Item] = [:]
    for bundle in found {
      let made = try SyncBundle(bundle.archive, rules: rules, skipImages: bundle.skipImages)
      for item in made.items {
        guard let other = owners.updateValue(item, forKey: item.target),
          other.image.imageID != item.image.imageID
        else { continue }
        throw RegistryError(
          .nameCollision,
          "\(other.source) and \(item.source) of two bundles would both become \(item.target)",
          hint: "leave out containerRepository, or sync the bundles with different files")
      }
      bundles.append(made)
    }
    return (bundles, warnings)
  }

  /// Carries it out; what fails is in the result.
  public func run(_ bundles: [SyncBundle]) async -> SyncResult {
    let start = Date()
    var results: [SyncResult.Bundle] = []
    for bundle in bundles { results.append(await sync(bundle)) }
    return SyncResult(
      started: start.formatted(.iso8601), seconds: (Date().timeIntervalSince(start) * 1000).rounded() / 1000,
      dryRun: options.dryRun, bundles: results)
  }

  // MARK: One bundle

  private func sync(_ bundle: SyncBundle) async -> SyncResult.Bundle {
    var result = SyncResult.Bundle(path: bundle.path, images: [], chart: nil, notes: nil)
    var notes = bundle.notes
    var run = BundleRun(bundle: bundle, options: options, events: events)
    do throws(RegistryError) {
      let charts = await self.charts(for: bundle, &run)
      for host in Set(bundle.items.map(\.target.registry)).sorted() {
        let client = try await targets.images(host)
        try await prepareProjects(bundle, client, charts, &notes)
        try run.add(client)
      }
      try await run.survey()
      if !options.dryRun, run.isClear { await run.push() }
      if !options.dryRun { await run.uploadChart() }
    } catch {
      run.fail(error)
    }
    result.images = run.images
    result.chart = run.chart
    result.notes = notes.isEmpty ? nil : notes
    return result
  }

  /// The place for the chart; where it cannot be reached, the images are pushed all the same.
  private func charts(for bundle: SyncBundle, _ run: inout BundleRun) async -> (any ChartRepository)? {
    guard bundle.package != nil else { return nil }
    do throws(RegistryError) {
      run.charts = try await targets.charts()
    } catch {
      run.failChart(error)
    }
    return run.charts
  }

  /// Harbor's projects of the images' names: looked for, and made where they are missing and Harbor is named.
  private func prepareProjects(
    _ bundle: SyncBundle, _ client: RegistryClient, _ charts: (any ChartRepository)?, _ notes: inout [String]
  ) async throws(RegistryError) {
    guard config.containers.isHarbor else { return }
    let harbor = try await targets.harbor(client)
    var projects = Set(
      bundle.items.filter { $0.target.registry == client.endpoint.host }
        .compactMap { $0.target.path.split(separator: "/").first.map(String.init) })
    if let museum = charts as? MuseumCharts, let project = museum.project,
      museum.address.contains("//\(client.endpoint.host)/")
    {
      projects.insert(project)
    }
    for project in projects.sorted() where try await !harbor.exists(project) {
      if options.dryRun {
        notes.append("the project \(project) is not there and would be created")
      } else {
        try await harbor.create(project)
        notes.append(
          "the project \(project) was created; it is private, so nodes need a login to pull from it")
      }
    }
  }
}
