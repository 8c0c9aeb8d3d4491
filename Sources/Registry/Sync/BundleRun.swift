import Fleet
import Foundation
import Images

/// The work on one bundle: what is known of each name so far, and the steps that go on from there.
struct BundleRun {
  private let bundle: SyncBundle
  private let options: SyncOptions
  private let events: (any EventSink)?
  private let uploads: Slots
  private let allowance: UploadAllowance
  var charts: (any ChartRepository)?
  private var pushers: [String: ImagePusher] = [:]
  private var chartState: ChartState?
  private(set) var images: [SyncResult.Image]
  private(set) var chart: SyncResult.Chart?
  /// The images that are not in the target; by their position.
  private var missing: [Int] = []

  init(bundle: SyncBundle, options: SyncOptions, events: (any EventSink)?) {
    self.bundle = bundle
    self.options = options
    self.events = events
    uploads = Slots(options.parallel)
    allowance = UploadAllowance(for: bundle.archive)
    images = bundle.items.map {
      SyncResult.Image(
        source: $0.source.description, reference: $0.target.description,
        digest: PushManifest($0.image).digest.description, status: .skipped)
    }
    chart = bundle.package.map {
      SyncResult.Chart(
        name: $0.name, version: $0.version, target: "", digest: $0.digest.description, status: .skipped,
        rewritten: bundle.changes)
    }
  }

  mutating func add(_ client: RegistryClient) throws(RegistryError) {
    pushers[client.endpoint.host] = try ImagePusher(
      client: client, archive: bundle.archive, uploads: uploads, allowance: allowance)
  }

  /// Something that concerns everything: nothing of this bundle is pushed.
  mutating func fail(_ error: RegistryError) {
    let failure = Failure(error)
    let status: SyncResult.Status = error.code == .cancelled ? .cancelled : .failed
    if images.isEmpty, chart != nil {
      chart?.status = status
      chart?.error = failure
      return
    }
    for index in images.indices where images[index].status == .skipped {
      images[index].status = status
      images[index].error = failure
    }
  }

  /// Nothing stands against pushing.
  var isClear: Bool { images.allSatisfy { $0.error == nil } }

  // MARK: Asking

  /// Asks what is there: one request for each name, and one for the chart.
  mutating func survey() async throws(RegistryError) {
    let items = bundle.items
    let pushers = pushers
    let states =
      await Self.window(items.indices, width: max(8, options.parallel * 4)) { index in
        let item = items[index]
        do throws(RegistryError) {
          guard let pusher = pushers[item.target.registry] else {
            throw RegistryError(.cancelled, "interrupted")
          }
          return .success(try await pusher.state(of: item.target, item.image))
        } catch {
          return .failure(error)
        }
      } as [Int: Result<ImagePusher.State, RegistryError>]
    for index in items.indices {
      switch states[index] {
      case .success(.present(let digest)):
        images[index].status = .present
        images[index].digest = digest.description
      case .success(.absent):
        missing.append(index)
        images[index].status = options.dryRun ? .pushed : .skipped
      case .success(.other(let digest)):
        if options.overwrite {
          missing.append(index)
          images[index].status = options.dryRun ? .pushed : .skipped
        } else {
          refuse(index, digest)
        }
      case .failure(let error): throw error
      case nil: throw RegistryError(.cancelled, "interrupted")
      }
    }
    if !isClear {
      // One name that may not be moved holds up its whole bundle.
      for index in missing { images[index].status = .skipped }
    }
    guard let package = bundle.package, let charts else { return }
    chart?.target = charts.address
    let state: ChartState
    do throws(RegistryError) {
      state = try await charts.state(package)
    } catch {
      // The images are pushed all the same.
      failChart(error)
      return
    }
    chartState = state
    let pending: SyncResult.Status = options.dryRun && isClear ? .uploaded : .skipped
    switch state {
    case .same: chart?.status = .present
    case .absent: chart?.status = pending
    case .other(let digest):
      if options.overwrite {
        chart?.status = pending
      } else {
        failChart(
          RegistryError(
            .chartConflict,
            "\(charts.address) has another \(package.name) \(package.version): \(digest?.description ?? "its digest is not told"), not \(package.digest)",
            hint: "--overwrite replaces it; charts-syncer packs the same chart in other bytes"))
      }
    }
  }

  private mutating func refuse(_ index: Int, _ digest: Digest) {
    images[index].status = .failed
    images[index].error = Failure(
      RegistryError(
        .tagConflict,
        "\(images[index].reference) is \(digest) in the registry and \(images[index].digest) in the bundle",
        hint: "--overwrite moves the tag to the bundle's image"))
  }

  mutating func failChart(_ error: RegistryError) {
    chart?.status = error.code == .cancelled ? .cancelled : .failed
    chart?.error = Failure(error)
  }

  // MARK: Changing

  /// Pushes what is missing.
  mutating func push() async {
    let items = bundle.items
    let pushers = pushers
    let events = events
    let width = bundle.archive.isCompressed ? 1 : options.parallel
    // In the order of the archive, so that a compressed one is inflated once.
    let order = missing.sorted { Self.offset(items[$0], bundle) < Self.offset(items[$1], bundle) }
    let ends = await Self.window(order, width: width) { index in
      await Self.push(items[index], pushers[items[index].target.registry], events)
    }
    for index in missing {
      guard let end = ends[index] else {
        images[index].status = .cancelled
        continue
      }
      images[index].bytesSent = end.bytesSent
      images[index].status = end.error == nil ? .pushed : end.error?.code == .cancelled ? .cancelled : .failed
      images[index].error = end.error.map { Failure($0) }
    }
  }

  private static func offset(_ item: SyncBundle.Item, _ bundle: SyncBundle) -> Int64 {
    item.image.layers.compactMap { bundle.archive.blobs[$0.digest]?.offset }.max() ?? 0
  }

  private struct End: Sendable {
    var error: RegistryError?
    var bytesSent: Int64
  }

  private static func push(
    _ item: SyncBundle.Item, _ pusher: ImagePusher?, _ events: (any EventSink)?
  ) async -> End {
    let start = ContinuousClock.now
    let name = item.target.path + (item.target.tag.map { ":" + $0 } ?? "")
    let progress = PushProgress(name: name, events: events)
    progress.emit(.started(attempt: 1))
    progress.emit(.phase(.transfer))
    var end = End(error: nil, bytesSent: 0)
    do throws(RegistryError) {
      guard let pusher else { throw RegistryError(.cancelled, "interrupted") }
      try await pusher.push(item.image, to: item.target, progress: progress)
    } catch {
      end.error = error
    }
    end.bytesSent = progress.bytesSent
    var result = NodeResult(
      name: name, address: item.target.registry, status: end.error == nil ? .changed : .failed,
      phase: .transfer,
      error: end.error.map { Failure($0) }, seconds: (ContinuousClock.now - start) / .seconds(1),
      bytesSent: end.bytesSent)
    if end.error?.code == .cancelled { result.status = .cancelled }
    progress.emit(.finished(result))
    return end
  }

  /// Uploads the chart where it is missing and every image that it names is there.
  mutating func uploadChart() async {
    guard let package = bundle.package, let charts, let chartState, chart?.error == nil, chartState != .same
    else {
      return
    }
    guard images.allSatisfy({ $0.status == .present || $0.status == .pushed }) else { return }
    do throws(RegistryError) {
      try await charts.upload(package, replacing: chartState != .absent)
      guard try await charts.state(package) == .same else {
        throw RegistryError(
          .digestMismatch, "\(charts.address) holds another \(package.fileName) than was uploaded",
          hint: "somebody else may be writing there; run it again")
      }
      chart?.status = .uploaded
    } catch {
      failChart(error)
    }
  }

  /// Does `work` for each element, at most `width` at a time; none is begun after a cancellation.
  private static func window<Value: Sendable>(
    _ elements: some Collection<Int>, width: Int, _ work: @escaping @Sendable (Int) async -> Value
  ) async -> [Int: Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
      var rest = Array(elements)[...]
      var results: [Int: Value] = [:]
      func begin() {
        guard !Task.isCancelled, let next = rest.popFirst() else { return }
        group.addTask { (next, await work(next)) }
      }
      for _ in 0..<width { begin() }
      while let (index, value) = await group.next() {
        results[index] = value
        begin()
      }
      return results
    }
  }
}
