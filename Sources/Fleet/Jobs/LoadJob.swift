import Images

/// How `load` goes about it.
public struct LoadMode: Sendable {
  public var pin: Bool
  /// Send everything, whatever the node has.
  public var full: Bool
  public var dryRun: Bool
  /// The longest time without a byte moved while an archive is being sent.
  public var stall: Duration
  /// How long the runtime may take once an archive is sent, beside a second for each megabyte of it.
  public var importTimeout: Duration

  public init(
    pin: Bool = false, full: Bool = false, dryRun: Bool = false, stall: Duration = .seconds(60),
    importTimeout: Duration = .seconds(600)
  ) {
    self.importTimeout = importTimeout
    self.pin = pin
    self.full = full
    self.dryRun = dryRun
    self.stall = stall
  }
}

/// Gives a node every image of an archive under every wanted name.
///
/// probe → plan → lock → transfer and import (``ImportPipeline``) → pin and drop → verify. It begins by looking at what is there, so
/// trying it again sends only the rest.
public struct LoadJob: NodeJob {
  private let options: RuntimeOptions
  private let load: LoadTarget
  private let mode: LoadMode
  private let source: (any PullSource)?

  /// - Parameter source: a registry that nodes pull the layers from that they lack; nil to send them.
  public init(options: RuntimeOptions, load: LoadTarget, mode: LoadMode, source: (any PullSource)? = nil) {
    self.options = options
    self.load = load
    self.mode = mode
    self.source = source
  }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    var found = try await look(session)
    if mode.pin, !found.runtime.canPin {
      session.note(
        "\(found.runtime.kind.rawValue) \(found.runtime.version) knows no pinned images; not pinned")
    }
    guard found.hasWork else { return .ok }
    if mode.dryRun {
      session.record(images: found.plan.resultsWhenDone())
      return .changed
    }
    if try await session.lock(seen: found.lock) {
      // What another run has done since counts.
      found = try await look(session)
      guard found.hasWork else { return .ok }
    }

    let runtime = found.runtime
    let done = found.plan.resultsWhenDone()
    for (name, was) in found.plan.staleNames {
      session.note("\(name) names another image there (\(was.short)) and is moved")
    }
    let pulled = try await pull(found, session)
    // With the layers there, what is left to send is names.
    let plan = pulled.isEmpty ? found.plan : try await look(session).plan
    try await ImportPipeline(load: load, mode: mode, runtime: runtime, session: session).run(plan)
    let (pins, drops) = (found.pins, found.drops)
    if !pins.isEmpty { try await change(runtime.pinning(pins), phase: .tag, "pin images", runtime, session) }
    try await verify(runtime, pins, found.request, session)
    // Last, so that an image is never without a name.
    if !drops.isEmpty {
      try await change(runtime.removing(drops), phase: .tag, "drop original names", runtime, session)
    }
    try await forget(plan, runtime, session)
    session.record(images: done)
    return .changed
  }

  // MARK: Looking

  /// What a node has and what it needs.
  private struct Found {
    let request: ProbeRequest
    let runtime: Runtime
    let lock: NodeLock
    let plan: LoadPlan
    let pins: [String]
    let drops: [String]

    var hasWork: Bool { !plan.batches.isEmpty || !pins.isEmpty || !drops.isEmpty }
  }

  private func look(_ session: NodeSession) async throws(Failure) -> Found {
    var request = options.request(for: session.node, scope: .all, load: load)
    request.pins = mode.pin
    let (report, runtime) = try await request.askForRuntime(session)

    session.enter(.plan)
    try load.fits(report.facts)
    let plan = try load.plan(report.content, in: runtime.store, full: mode.full)
    session.record(images: plan.resultsAsFound())
    if !plan.batches.isEmpty { try report.hasRoom() }
    try plan.fits(report.facts, store: runtime.store)
    return Found(
      request: request, runtime: runtime, lock: report.lock, plan: plan,
      pins: namesToPin(plan, report, runtime),
      drops: namesToDrop(report, runtime))
  }

  // MARK: Pulling

  /// Lets the node pull what it lacks, where there is a registry for that; returns the names that this gave.
  private func pull(_ found: Found, _ session: NodeSession) async throws(Failure) -> [ImageReference] {
    guard let source else { return [] }
    return try await ImagePull(source: source, runtime: found.runtime)
      .pull(found.plan.images.filter { $0.status == .needsBlobs }, session)
  }

  /// Takes away the names with a digest that pulling gave, now or in an attempt that failed, unless they are wanted.
  private func forget(_ plan: LoadPlan, _ runtime: Runtime, _ session: NodeSession) async throws(Failure) {
    guard let source else { return }
    let wanted = Set(load.wantedNames)
    let names = plan.images.compactMap { source.reference(of: $0.image.imageID) }.filter {
      !wanted.contains($0)
    }
    .map { runtime.kind == .docker ? $0.familiar : $0.description }
    guard !names.isEmpty else { return }
    try await change(runtime.forgetting(names), phase: .tag, "drop the pulled names", runtime, session)
  }

  // MARK: Changing

  private func change(
    _ command: RemoteCommand, phase: Phase, _ what: String, _ runtime: Runtime, _ session: NodeSession
  ) async throws(Failure) {
    session.enter(phase)
    session.markChanged()
    let output = try await session.run(command, limits: CommandLimits(deadline: .seconds(120)))
    guard output.succeeded else { throw ImportFailure.classify(output, runtime: runtime, what: what) }
  }

  // MARK: Names

  private func namesToPin(_ plan: LoadPlan, _ report: ProbeReport, _ runtime: Runtime) -> [String] {
    guard mode.pin, runtime.canPin else { return [] }
    // An import makes a name anew, without its labels.
    return plan.images.flatMap { image in
      image.names.filter { image.namesToAdd.contains($0) || !report.pinned.contains($0.description) }.map(
        \.description)
    }
  }

  private func namesToDrop(_ report: ProbeReport, _ runtime: Runtime) -> [String] {
    load.dropped.sorted().flatMap { runtime.store.names(for: $0) }
      .filter { report.content.names[$0.description] != nil }
      .map { runtime.kind == .docker ? $0.familiar : $0.description }
  }

  // MARK: Verifying

  /// Asks the daemon for every name; what was sent counts for nothing.
  private func verify(
    _ runtime: Runtime, _ pins: [String], _ request: ProbeRequest, _ session: NodeSession
  ) async throws(Failure) {
    session.enter(.verify)
    var request = request
    request.scope = .names
    request.runtime = runtime.kind
    if runtime.kind == .containerd { request.socket = runtime.socket }
    let report = try await request.ask(session)
    guard let runtime = report.runtime else {
      throw Failure(
        .runtimeDown, "the runtime went away after the import", hint: "`gantry rerun` when it is back")
    }
    let after = try load.plan(report.content, in: runtime.store)
    let bad = after.images.filter { $0.status != .present }
    guard let name = bad.first?.namesToAdd.first else {
      guard let loose = pins.first(where: { !report.pinned.contains($0) }) else { return }
      throw Failure(
        .verifyFailed, "\(loose) was pinned and is not", hint: "`gantry rerun` pins it again")
    }
    session.record(images: after.resultsAsFound())
    throw Failure(
      .verifyFailed,
      "\(bad.count) of \(after.images.count) images are not as they should be, \(name) first",
      hint: "`gantry verify` lists them, `gantry load --full` sends them again")
  }
}
