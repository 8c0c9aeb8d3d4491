import Images

/// Removes older versions of the bundle's repositories from a node; without an approval, only tells which.
public struct PruneJob: NodeJob {
  private let options: RuntimeOptions
  private let load: LoadTarget
  private let keep: Int
  private let approved: [String: [String]]?

  /// - Parameters:
  ///   - keep: versions of each repository that stay, the bundle's own counted.
  ///   - approved: node → names that somebody has seen and agreed to; nil to change nothing.
  public init(options: RuntimeOptions, load: LoadTarget, keep: Int, approved: [String: [String]]?) {
    self.options = options
    self.load = load
    self.keep = keep
    self.approved = approved
  }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    let planner = PrunePlanner(wanted: load.wantedNames, keep: keep)
    var request = options.request(for: session.node, scope: .repositories, load: nil)
    request.repositories = planner.repositories.compactMap { try? ImageReference($0) }
    // Before looking, so that nothing changes between the look and the removal.
    if approved != nil { _ = try await session.lock(seen: .none) }
    let (report, runtime) = try await request.askForRuntime(session)

    session.enter(.plan)
    // Looked at anew: a container may have begun since the names were shown.
    var names = planner.removable(report.tagged)
    if let approved = approved?[session.node.name] {
      let agreed = Set(approved)
      names.removeAll { !agreed.contains($0.description) }
    }
    let targets = Dictionary(report.tagged.map { ($0.reference, $0.target) }) { first, _ in first }
    func results(_ status: ImageResult.Status) -> [ImageResult] {
      names.map { ImageResult(reference: $0.description, id: targets[$0]?.description ?? "", status: status) }
    }
    session.record(images: results(.removable))
    guard approved != nil, !names.isEmpty else { return .ok }

    session.enter(.tag)
    session.markChanged()
    let words = names.map { runtime.kind == .docker ? $0.familiar : $0.description }
    let output = try await session.run(
      runtime.removing(words), limits: CommandLimits(deadline: .seconds(300)))
    guard output.succeeded else {
      throw ImportFailure.classify(output, runtime: runtime, what: "remove older versions")
    }
    session.record(images: results(.removed))
    return .changed
  }
}
