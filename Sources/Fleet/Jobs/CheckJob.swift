import Images

/// Looks whether a node is fit for the work, and changes nothing on it.
public struct CheckJob: NodeJob {
  private let options: RuntimeOptions
  private let load: LoadTarget?

  /// - Parameter load: the bundle that is to be loaded later; nil to look at the node alone.
  public init(options: RuntimeOptions, load: LoadTarget?) {
    self.options = options
    self.load = load
  }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    let request = options.request(for: session.node, scope: load == nil ? .facts : .all, load: load)
    let (report, runtime) = try await request.askForRuntime(session)
    try report.hasRoom()
    if let offset = report.facts.clockOffsetSeconds, abs(offset) > 30 {
      session.note("the clock is \(Int(offset)) s off")
    }
    guard let load else { return .ok }
    session.enter(.plan)
    try load.fits(report.facts)
    let plan = try load.plan(report.content, in: runtime.store)
    session.record(images: plan.resultsAsFound())
    try plan.fits(report.facts, store: runtime.store)
    return .ok
  }
}
