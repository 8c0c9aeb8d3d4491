import Fleet

/// What became of a sync: the JSON document on standard output.
public struct SyncResult: Sendable, Codable {
  /// How an image or a chart ended.
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// It was there already.
    case present
    /// An image's content or name was brought.
    case pushed
    /// A chart was brought.
    case uploaded
    /// It was written into a bundle.
    case saved
    /// Nothing was done about it, because of something else or because nobody asked for it.
    case skipped
    case failed
    case cancelled
  }

  /// One name of one image.
  public struct Image: Sendable, Codable {
    /// Its name in the bundle.
    public var source: String
    /// Its name in the target.
    public var reference: String
    /// The manifest's digest there.
    public var digest: String
    public var status: Status
    public var bytesSent: Int64 = 0
    public var error: Failure?
  }

  /// A value of a chart that was changed.
  public struct Change: Sendable, Codable, Equatable {
    /// The file in the chart.
    public var file: String
    public var key: String
    public var from: String
    public var to: String
  }

  public struct Chart: Sendable, Codable {
    public var name: String
    public var version: String
    /// Where it goes.
    public var target: String
    /// sha256 of the package.
    public var digest: String
    public var status: Status
    public var rewritten: [Change]
    public var error: Failure?
  }

  public struct Bundle: Sendable, Codable {
    public var path: String
    public var images: [Image]
    public var chart: Chart?
    /// Things worth a look that stop nothing.
    public var notes: [String]?
  }

  public struct Summary: Sendable, Codable, Equatable {
    public var images = 0
    public var pushed = 0
    public var present = 0
    public var charts = 0
    public var uploaded = 0
    public var saved = 0
    public var skipped = 0
    public var failed = 0
    public var cancelled = 0
    public var bytesSent: Int64 = 0
  }

  public var command = "sync"
  /// ISO 8601, UTC.
  public var started: String
  public var seconds: Double
  public var dryRun: Bool?
  public var summary: Summary
  public var bundles: [Bundle]

  init(started: String, seconds: Double, dryRun: Bool, bundles: [Bundle]) {
    self.started = started
    self.seconds = seconds
    self.dryRun = dryRun ? true : nil
    self.bundles = bundles
    var summary = Summary()
    for bundle in bundles {
      summary.images += bundle.images.count
      summary.charts += bundle.chart == nil ? 0 : 1
      summary.bytesSent += bundle.images.reduce(0) { $0 + $1.bytesSent }
      for status in bundle.images.map(\.status) + [bundle.chart?.status].compactMap({ $0 }) {
        switch status {
        case .present: summary.present += 1
        case .pushed: summary.pushed += 1
        case .uploaded: summary.uploaded += 1
        case .saved: summary.saved += 1
        case .skipped: summary.skipped += 1
        case .failed: summary.failed += 1
        case .cancelled: summary.cancelled += 1
        }
      }
    }
    self.summary = summary
  }

  /// 0 everything is in the target, 1 something is not, 130 interrupted.
  public var exitCode: Int32 {
    if summary.cancelled > 0 { return 130 }
    return summary.failed > 0 ? 1 : 0
  }
}

extension Failure {
  init(_ error: RegistryError) {
    self.init(FailureCode(error.code.rawValue), error.message, hint: error.hint)
  }
}
