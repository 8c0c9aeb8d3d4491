/// What reading an archive may cost at most; everything here guards against hostile or broken files.
public struct ArchiveLimits: Sendable, Equatable {
  /// Members of one archive with all that is nested in it.
  public var members = 200_000
  /// Bytes of one JSON document (configuration, manifest, index) or of `hints.yaml`.
  public var documentBytes: Int64 = 4 << 20
  /// Bytes of a docker-archive's `manifest.json`, which lists all images.
  public var listBytes: Int64 = 16 << 20
  /// Images of one archive.
  public var images = 10_000
  /// Layers of one image.
  public var layers = 1_000
  /// Archives within one another.
  public var nesting = 4
  /// Bytes that a compressed archive may inflate to.
  public var inflatedBytes: Int64 = 1 << 42
  /// Bytes that one layer may inflate to in a deep check.
  public var inflatedLayerBytes: Int64 = 1 << 38
  /// Bytes of small members that are kept while a compressed archive is scanned, to spare a second pass.
  public var keptBytes: Int64 = 64 << 20
  /// Bytes of one file of the chart.
  public var chartFileBytes: Int64 = 16 << 20

  /// The limits for ordinary use.
  public init() {}
}
