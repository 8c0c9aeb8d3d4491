import Documents
import Fleet
import Foundation
import Images

/// Makes bundles of the charts in a repository and of the images that they name, as a `load-image.yaml` with `source.repo`
/// and `target.intermediateBundlesPath` says.
public struct SourceRunner: Sendable {
  private let config: SyncConfig
  private let options: SyncOptions
  private let targets: SyncTargets

  public init(
    _ config: SyncConfig, options: SyncOptions, connector: RegistryConnector, docker: DockerConfig?,
    backoff: Backoff = Backoff()
  ) {
    self.config = config
    self.options = options
    targets = SyncTargets(config: config, docker: docker, connector: connector, backoff: backoff)
  }

  /// Makes every bundle that is not there yet; what fails is in the result.
  public func run(folder: String) async -> SyncResult {
    let start = Date()
    var bundles: [SyncResult.Bundle] = []
    for chart in config.charts {
      for version in chart.versions.isEmpty ? [nil] : chart.versions.map(Optional.some) {
        bundles.append(await bundle(chart, version, folder))
      }
    }
    return SyncResult(
      started: start.formatted(.iso8601), seconds: (Date().timeIntervalSince(start) * 1000).rounded() / 1000,
      dryRun: options.dryRun, bundles: bundles)
  }

  private func bundle(_ wanted: SyncConfig.Chart, _ version: String?, _ folder: String) async
    -> SyncResult.Bundle
  {
    var result = SyncResult.Bundle(path: folder, images: [], chart: nil, notes: nil)
    var chart = SyncResult.Chart(
      name: wanted.name, version: version ?? "", target: folder, digest: "", status: .skipped, rewritten: [])
    do throws(RegistryError) {
      try await make(wanted, version, folder, &result, &chart)
    } catch {
      chart.status = error.code == .cancelled ? .cancelled : .failed
      chart.error = Failure(error)
    }
    result.chart = chart
    return result
  }

  private func make(
    _ wanted: SyncConfig.Chart, _ version: String?, _ folder: String, _ result: inout SyncResult.Bundle,
    _ chart: inout SyncResult.Chart
  ) async throws(RegistryError) {
    guard let repository = config.sourceRepository else { return }
    let work = folder + "/.gantry-\(wanted.name)-\(version ?? "latest")"
    do {
      try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    } catch {
      throw RegistryError(
        .writeFailed, "\(MessageText.shown(folder)) cannot be made", hint: "check its permissions")
    }
    let package = work + "/chart.tgz"
    try await ChartDownloader(repository: repository, targets: targets).fetch(
      wanted.name, version, to: package)
    let files: [String: [UInt8]]
    do throws(ImageError) {
      files = try PackedChart(path: package).files
    } catch {
      throw RegistryError(error)
    }
    let source = try ChartFolder(files: files)
    chart.version = source.version
    chart.digest = FileManager.default.contents(atPath: package).map { "\(Digest(of: Array($0)))" } ?? ""
    result.path = folder + "/\(source.name)_\(source.version).bundle.tar"
    if FileManager.default.fileExists(atPath: result.path), !options.overwrite {
      chart.status = .present
      try? FileManager.default.removeItem(atPath: work)
      return
    }
    // A chart that is taken alone need not say which images it names.
    let hints = wanted.skipImages && source.files[ChartHints.path] == nil ? nil : try ChartHints(source)
    let references = wanted.skipImages ? [] : hints?.references ?? []
    result.images = references.map {
      SyncResult.Image(
        source: "\($0)", reference: "\($0)", digest: "", status: options.dryRun ? .saved : .skipped)
    }
    if options.dryRun {
      chart.status = .saved
      try? FileManager.default.removeItem(atPath: work)
      return
    }
    var archive: ImageArchive?
    if !references.isEmpty {
      archive = try await ImageDownloader(
        targets: targets, folder: work + "/images", platform: .usual, downloads: Slots(options.parallel)
      ).fetch(references)
    }
    try await BundleWriter(hints: hints?.templates ?? [], chart: source, images: archive).write(
      to: result.path)
    for image in archive?.images ?? [] {
      for index in result.images.indices
      where image.references.map(\.description).contains(result.images[index].source) {
        result.images[index].status = .saved
        result.images[index].digest = image.manifest.digest.description
      }
    }
    chart.status = .saved
    try? FileManager.default.removeItem(atPath: work)
  }
}
