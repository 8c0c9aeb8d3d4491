import Images

/// A place that charts are uploaded to.
protocol ChartRepository: Sendable {
  /// The place's address, fit to be shown.
  var address: String { get }

  /// What the place has under that name and version.
  func state(_ package: ChartPackage) async throws(RegistryError) -> ChartState

  /// Uploads a chart that is not there, or takes the place of another under the same name and version.
  func upload(_ package: ChartPackage, replacing: Bool) async throws(RegistryError)
}

/// What a place has under a chart's name and version.
enum ChartState: Sendable, Equatable {
  case absent
  /// The very same chart.
  case same
  /// Another one; its digest, where the place tells.
  case other(Digest?)
}
