/// How a sync goes about it.
public struct SyncOptions: Sendable {
  /// Layers, and images, at a time.
  public var parallel: Int
  /// Replace tags and charts that name something else.
  public var overwrite: Bool
  /// Ask, tell, and change nothing.
  public var dryRun: Bool

  public init(parallel: Int = 4, overwrite: Bool = false, dryRun: Bool = false) {
    self.parallel = parallel
    self.overwrite = overwrite
    self.dryRun = dryRun
  }
}
