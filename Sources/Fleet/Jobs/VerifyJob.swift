import Images

/// Tells which images of an archive a node lacks, or has others of under their names; changes nothing.
public struct VerifyJob: NodeJob {
  private let options: RuntimeOptions
  private let load: LoadTarget

  public init(options: RuntimeOptions, load: LoadTarget) {
    self.options = options
    self.load = load
  }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    let request = options.request(for: session.node, scope: .all, load: load)
    let (report, runtime) = try await request.askForRuntime(session)
    session.enter(.verify)
    let results = try load.plan(report.content, in: runtime.store).resultsAsFound()
    session.record(images: results)
    let missing = results.count { $0.status == .missing }
    let stale = results.count { $0.status == .stale }
    guard missing + stale > 0 else { return .ok }
    var parts: [String] = []
    if missing > 0 { parts.append("\(missing) missing") }
    if stale > 0 { parts.append("\(stale) stale") }
    throw Failure(
      .imagesMissing, "of \(results.count) image names \(parts.joined(separator: ", "))",
      hint: "`gantry load` with the same options brings them")
  }
}
