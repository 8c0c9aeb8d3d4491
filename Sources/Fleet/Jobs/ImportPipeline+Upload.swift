import Images

// The way through containerd's own API: its layers travel by a LayerUpload, and an import of each batch's names follows.
extension ImportPipeline {
  private enum Event: Sendable {
    /// So many layers are there, counted from the first.
    case written(Int)
    case uploaded(Result<Void, Failure>)
    case imported(Result<Void, Failure>)
    /// The lease was not given back in time.
    case late
  }

  /// Less than this is sent before another way is worth looking for.
  private static let leastBytes: Int64 = 512 << 10

  /// How long containerd may take to end the lease; it ends by itself some day.
  private static let longestParting: Duration = .seconds(5)

  /// Whether the plan's layers can be sent to containerd itself.
  func canUpload(_ plan: LoadPlan) -> Bool {
    !mode.full && runtime.kind == .containerd && runtime.store == .containerd
      && plan.batches.reduce(0) { $0 + $1.archive.blobBytes } >= Self.leastBytes
  }

  /// Does as much of the plan as this way leads to; returns the first import that is left for archives.
  func upload(_ plan: LoadPlan, _ cursor: any ContentCursor) async throws(Failure) -> Int {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    let layers = plan.batches.map(\.archive.blobs)
    let upload = try LayerUpload(
      Array(layers.joined()), cursor: cursor, namespace: runtime.namespace, session: session,
      total: plan.bytesToSend, commitTime: workTime(plan.bytesToSend)
    ) { continuation.yield(.written($0)) }
    session.enter(.transfer)
    session.markChanged()
    let (next, failure) = await withTaskGroup(of: Void.self) { group -> (next: Int, failure: Failure?) in
      group.addTask { continuation.yield(.uploaded(await converse(upload))) }
      var course = UploadCourse(layers: layers.map(\.count))
      var isParting = false
      for await event in events {
        switch event {
        case .written(let count):
          course.written = count
          if count == course.layers { session.enter(.import) }
        case .uploaded(let result):
          course.ended = result
        case .imported(let result):
          course.take(result)
          upload.setImporting(false)
          if let failure = course.failure {
            session.enter(.import)
            // What has come stays for the next attempt, unless it is in the way, or archives will bring it.
            guard [.diskFull, .importRefused].contains(failure.code) else {
              group.cancelAll()
              return (course.next, failure)
            }
          }
        case .late:
          group.cancelAll()
          return (course.next, course.failure)
        }
        if let range = course.begin() {
          upload.setImporting(true)
          group.addTask { continuation.yield(.imported(await importDocuments(plan.batches[range]))) }
        }
        if course.isDone, !isParting {
          isParting = true
          upload.finish(course.failure == nil ? .done : .givenUp)
          group.addTask {
            try? await Task.sleep(for: Self.longestParting)
            continuation.yield(.late)
          }
        }
        if let ending = course.ending {
          group.cancelAll()
          return ending
        }
      }
      return (course.next, Failure(.cancelled, "cancelled"))
    }
    guard let failure else { return next }
    switch failure.code {
    case .channelRefused:
      // As on nodes where the user is not root, or sshd leads to no sockets.
      session.tell("layers go in archives: \(failure.message)")
    case .importRefused, .badAnswer:
      session.note("layers go in archives: \(failure.message)")
    default:
      throw failure
    }
    return next
  }

  private func converse(_ upload: LayerUpload) async -> Result<Void, Failure> {
    do throws(Failure) {
      try await session.converse(
        with: upload, at: runtime.socket, limits: CommandLimits(deadline: nil, stall: mode.stall))
    } catch {
      if let refusal = upload.refusal(runtime) { return .failure(refusal) }
      guard error.code == .commandTimeout else { return .failure(error) }
      return .failure(overdue("write layers through containerd's socket: \(error.message)"))
    }
    return upload.failure(runtime).map { .failure($0) } ?? .success(())
  }

  /// Imports the names, manifests and configurations of images whose layers are there.
  private func importDocuments(_ batches: ArraySlice<LoadBatch>) async -> Result<Void, Failure> {
    do throws(Failure) {
      let documents = try load.documents(batches.flatMap(\.images), in: runtime.store)
      session.sent(documents.length)
      // Without a layer it is small.
      try await send(MemoryStream(documents.literals), bytes: batches.reduce(0) { $0 + $1.bytes })
    } catch {
      // A full link keeps the second channel's opening waiting; what was written stays for the next attempt.
      guard error.code == .channelRefused else { return .failure(error) }
      return .failure(Failure(.connectionLost, error.message))
    }
    return .success(())
  }
}
