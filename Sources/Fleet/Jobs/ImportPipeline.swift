import Images

/// Sends the imports of a plan to a node: while it unpacks one, the next one's layers travel.
///
/// Layers go into containerd itself where there is a way to it (`ImportPipeline+Upload`), and else in archives, which every
/// runtime takes. An import relies on those before it, so it gets the last of its bytes only once they have ended well. Until then the
/// node does no more with it than write its layers down; what a broken run leaves behind is what one import leaves.
struct ImportPipeline: Sendable {
  let load: LoadTarget
  let mode: LoadMode
  let runtime: Runtime
  let session: NodeSession

  private enum Event: Sendable {
    /// All bytes of an import were read.
    case sent(Int)
    case ended(Int, Result<Void, Failure>)
  }

  /// What a pass over the imports came to.
  private struct Outcome {
    /// The first import that is not done.
    var next: Int
    /// Why it is not; nil when all are done.
    var failure: Failure?
    /// The server takes a second command on the connection.
    var overlaps: Bool
  }

  /// Imports every batch; one that is refused because it lacks what the node has is sent whole, once.
  func run(_ plan: LoadPlan) async throws(Failure) {
    let cursor = try load.makeCursor()
    var outcome = Outcome(next: canUpload(plan) ? try await upload(plan, cursor) : 0, overlaps: true)
    while outcome.next < plan.batches.count {
      outcome = await pass(plan, cursor, from: outcome)
      guard let failure = outcome.failure else { return }
      let batch = plan.batches[outcome.next]
      guard failure.code == .importRefused, batch.isPartial else { throw failure }
      let whole = try load.whole(batch.images, in: runtime.store)
      session.note("the partial archive was refused (\(failure.message)); sending the whole one")
      let stream = ProgressStream(
        ArchiveStream(whole, cursor: cursor), session: session, before: before(outcome.next, plan),
        total: plan.bytesToSend + whole.length)
      try await attempt(stream, bytes: whole.length, false).get()
      outcome.next += 1
    }
  }

  /// Imports batches until all are done or one has failed.
  private func pass(
    _ plan: LoadPlan, _ cursor: any ContentCursor, from start: Outcome
  ) async -> Outcome {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    var outcome = Outcome(next: start.next, overlaps: start.overlaps)
    await withTaskGroup(of: Void.self) { group in
      var streams: [Int: ProgressStream] = [:]
      // Of the import after the one that is not done; that one goes on to its end.
      var later: Failure?

      func begin(_ index: Int, isHeld: Bool) {
        let bytes = plan.batches[index].bytes
        let stream = ProgressStream(
          ArchiveStream(plan.batches[index].archive, cursor: cursor), session: session,
          before: before(index, plan), total: plan.bytesToSend, isHeld: isHeld
        ) { continuation.yield(.sent(index)) }
        streams[index] = stream
        group.addTask { continuation.yield(.ended(index, await attempt(stream, bytes: bytes, isHeld))) }
      }

      begin(outcome.next, isHeld: false)
      for await event in events {
        switch event {
        case .sent(let index):
          if outcome.overlaps, index + 1 < plan.batches.count { begin(index + 1, isHeld: true) }
        case .ended(let index, .success):
          streams[index] = nil
          guard index == outcome.next else {
            later = Failure(.badAnswer, "an import ended well before it had all of its archive")
            continue
          }
          outcome.next = index + 1
          outcome.failure = later
          if outcome.failure != nil || outcome.next == plan.batches.count { return }
          if let stream = streams[outcome.next] {
            stream.release()
          } else {
            begin(outcome.next, isHeld: false)
          }
        case .ended(let index, .failure(let failure)):
          streams[index] = nil
          // What stalls beside another import may only have to wait for the node's disk.
          if failure.code == .channelRefused || failure.code == .stalled && index != outcome.next {
            outcome.overlaps = false
            if index == outcome.next { begin(index, isHeld: false) }
          } else if index == outcome.next {
            outcome.failure = failure
            group.cancelAll()
            return
          } else {
            later = failure
          }
        }
      }
      outcome.failure = Failure(.cancelled, "cancelled")
    }
    return outcome
  }

  private func attempt(
    _ stream: ProgressStream, bytes: Int64, _ isHeld: Bool
  ) async -> Result<Void, Failure> {
    if !isHeld { session.enter(.transfer) }
    do throws(Failure) { return .success(try await send(stream, bytes: bytes)) } catch {
      return .failure(error)
    }
  }

  /// Bytes of the imports before one.
  private func before(_ index: Int, _ plan: LoadPlan) -> Int64 {
    plan.batches[..<index].reduce(0) { $0 + $1.bytes }
  }

  /// How long the runtime may work on what it was sent; more the more there is.
  func workTime(_ bytes: Int64) -> Duration { mode.importTimeout + .seconds(bytes / 1_000_000) }

  /// The failure of a runtime that worked longer.
  func overdue(_ message: String) -> Failure {
    Failure(
      .commandTimeout, message,
      hint:
        "\(runtime.kind.rawValue) hangs or is slow; --import-timeout gives it longer, `gantry rerun` takes it up"
    )
  }

  /// - Parameter bytes: of the images that it brings or makes usable.
  func send(_ stream: any ByteStream, bytes: Int64) async throws(Failure) {
    session.markChanged()
    // Unpacking has no output to watch; it gets a time of its own.
    let limits = CommandLimits(deadline: nil, stall: mode.stall, afterInput: workTime(bytes))
    let output: CommandOutput
    do {
      output = try await session.run(runtime.importing(), input: stream, limits: limits)
    } catch  where error.code == .commandTimeout {
      throw overdue("load images with \(runtime.kind.tool): \(error.message)")
    }
    guard output.succeeded, !ImportFailure.isHidden(in: output, runtime: runtime) else {
      throw ImportFailure.classify(output, runtime: runtime, what: "load images with \(runtime.kind.tool)")
    }
  }
}
