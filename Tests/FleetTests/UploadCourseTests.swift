import Images
import Testing

@testable import Fleet

/// Imports behind an upload: when each begins, and what is left when something fails.
@Suite struct UploadCourseTests {
  @Test func anImportBeginsWhenItsLayersAreThere() {
    var course = UploadCourse(layers: [2, 1, 1])
    #expect(course.layers == 4)
    #expect(course.begin() == nil)
    course.written = 1
    #expect(course.begin() == nil)
    course.written = 2
    #expect(course.begin() == 0..<1)
    #expect(course.begin() == nil, "one at a time")
    course.written = 3
    course.take(.success(()))
    #expect(course.begin() == 1..<2)
    course.written = 4
    course.take(.success(()))
    #expect(course.begin() == 2..<3)
    #expect(!course.isDone)
    course.take(.success(()))
    #expect(course.isDone && course.ending == nil, "the lease has to end")
    course.ended = .success(())
    #expect(course.ending?.next == 3 && course.ending?.failure == nil)
  }

  @Test func whatIsThereMeanwhileIsImportedAsOne() {
    var course = UploadCourse(layers: [1, 1, 0, 1])
    course.written = 1
    #expect(course.begin() == 0..<1)
    course.written = 2
    course.take(.success(()))
    #expect(course.begin() == 1..<3, "names alone come along")
    course.take(.success(()))
    #expect(course.begin() == nil && course.next == 3)
  }

  @Test func namesAloneNeedNoLayer() {
    var course = UploadCourse(layers: [0, 1])
    #expect(course.begin() == 0..<1)
  }

  @Test func aFailedImportIsTheEnd() {
    var course = UploadCourse(layers: [1, 1])
    course.written = 2
    #expect(course.begin() == 0..<2)
    course.take(.failure(Failure(.diskFull, "full")))
    #expect(course.isDone && course.begin() == nil && course.next == 0)
    #expect(course.ending == nil)
    course.ended = .failure(Failure(.stalled, "stalled"))
    #expect(course.ending?.next == 0 && course.ending?.failure?.code == .diskFull)
  }

  @Test func aBrokenUploadWaitsForTheImportUnderWay() {
    var course = UploadCourse(layers: [1, 1])
    course.written = 1
    #expect(course.begin() == 0..<1)
    course.ended = .failure(Failure(.badAnswer, "what?"))
    #expect(course.ending == nil)
    course.take(.success(()))
    #expect(course.ending?.next == 1 && course.ending?.failure?.code == .badAnswer)
  }

  @Test func whatBreaksAfterTheLastImportIsNoFailure() {
    var course = UploadCourse(layers: [1])
    course.written = 1
    _ = course.begin()
    course.take(.success(()))
    course.ended = .failure(Failure(.stalled, "stalled"))
    #expect(course.ending?.next == 1 && course.ending?.failure == nil)
  }
}

/// Where the way to containerd's socket does not lead on, archives do, unless the whole connection is lost.
@Suite struct UploadFallbackTests {
  /// A node whose socket fails, and whose ctr takes everything.
  struct Node: Remote {
    let failure: Failure

    func run(
      _ command: RemoteCommand, input: (any ByteStream)?, limits: CommandLimits
    ) async throws(Failure) -> CommandOutput {
      Issue.record("nothing is imported without layers")
      return CommandOutput(status: 0)
    }

    func converse(
      with dialogue: any SocketDialogue, at path: String, limits: CommandLimits
    ) async throws(Failure) {
      #expect(path == "/run/c.sock" && limits.stall == .seconds(7))
      throw failure
    }

    func close() async {}
  }

  @Test(arguments: [
    (FailureCode.channelRefused, true, false), (.badAnswer, true, true), (.connectionLost, false, false),
    (.stalled, false, false), (.cancelled, false, false), (.corruptBundle, false, false),
  ])
  func archivesOrNothing(_ code: FailureCode, _ goesOn: Bool, _ isNoted: Bool) async throws {
    let layout = try SmallLayout(images: 2)
    defer { layout.remove() }
    let load = try LoadTarget(archive: layout.archive, rules: .none)
    let plan = try LoadPlanner(store: .containerd).plan(
      layout.archive, names: load.names, content: NodeContent(), batchBytes: 1)
    let events = EventLog()
    let session = NodeSession(
      node: .testing("n1"), remote: Node(failure: Failure(code, "why")), events: events)
    let runtime = Runtime(
      kind: .containerd, version: "1.7.24", socket: "/run/c.sock", namespace: "k8s.io", store: .containerd)
    var mode = LoadMode()
    mode.stall = .seconds(7)
    let pipeline = ImportPipeline(load: load, mode: mode, runtime: runtime, session: session)
    do {
      #expect(try await pipeline.upload(plan, load.makeCursor()) == 0)
      #expect(goesOn)
    } catch {
      #expect(!goesOn && error.code == code)
    }
    var result = NodeResult(name: "n1", address: "", status: .ok)
    session.complete(&result)
    #expect((result.notes ?? []).isEmpty != isNoted)
  }

  @Test func onlyContainerdsOwnStoreAndOnlyWhereItPays() throws {
    let layout = try SmallLayout(images: 1)
    defer { layout.remove() }
    let load = try LoadTarget(archive: layout.archive, rules: .none)
    let session = NodeSession(node: .testing("n1"), remote: ScriptedRemote([]), events: EventLog())
    for store in ImageStore.allCases {
      let plan = try LoadPlanner(store: store).plan(layout.archive, names: load.names, content: NodeContent())
      let runtime = Runtime(
        kind: store == .containerd ? .containerd : .docker, version: "1", socket: "/s", namespace: "k8s.io",
        store: store)
      #expect(
        !ImportPipeline(load: load, mode: LoadMode(), runtime: runtime, session: session).canUpload(plan),
        "a few bytes")
    }
  }
}
