import Images
import Synchronization
import Testing

@testable import Fleet

/// Imports on a node: what travels meanwhile, what waits for what, and what a failure leaves undone.
@Suite struct ImportPipelineTests {
  /// A node that reads imports as they come, and takes a while for each.
  final class SlowNode: Remote {
    enum Moment: Hashable {
      /// The first bytes of an import have come, all of them have, it has ended.
      case began(Int), whole(Int), ended(Int)
    }

    private struct State {
      var moments: [Moment] = []
      var imports = 0
      var running = 0
    }

    private let state = Mutex(State())
    private let sessions: Int
    /// What an import, by its number, fails with.
    private let failures: [Int: Failure]
    private let refused: Set<Int>

    init(sessions: Int = 2, failures: [Int: Failure] = [:], refused: Set<Int> = []) {
      self.sessions = sessions
      self.failures = failures
      self.refused = refused
    }

    var moments: [Moment] { state.withLock { $0.moments } }
    var imports: Int { state.withLock { $0.imports } }

    private func note(_ moment: Moment) { state.withLock { $0.moments.append(moment) } }

    func run(
      _ command: RemoteCommand, input: (any ByteStream)?, limits: CommandLimits
    ) async throws(Failure) -> CommandOutput {
      let number = state.withLock { state -> Int? in
        guard state.running < sessions else { return nil }
        state.running += 1
        state.imports += 1
        return state.imports
      }
      guard let number else { throw Failure(.channelRefused, "open a second channel: refused") }
      defer { state.withLock { $0.running -= 1 } }
      guard let input else { throw Failure(.badAnswer, "an import without an archive") }
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 1)
      defer { buffer.deallocate() }
      var isFirst = true
      do {
        while true {
          while input.mustWait { try await Task.sleep(for: .milliseconds(1)) }
          let count = try input.read(into: buffer)
          if isFirst { note(.began(number)) }
          isFirst = false
          if count == 0 { break }
        }
        note(.whole(number))
        // It unpacks until the next one has begun to come, which on a busy machine may take a while.
        let end = ContinuousClock.now + (sessions > 1 && number < 3 ? .seconds(10) : .zero)
        while !moments.contains(.began(number + 1)), ContinuousClock.now < end {
          try await Task.sleep(for: .milliseconds(1))
        }
      } catch let failure as Failure {
        throw failure
      } catch {
        throw Failure(.cancelled, "cancelled")
      }
      if let failure = failures[number] { throw failure }
      note(.ended(number))
      if refused.contains(number) {
        return CommandOutput(status: 1, standardError: Array("ctr: content digest: not found\n".utf8))
      }
      return CommandOutput(status: 0)
    }

    func close() async {}
  }

  /// Sends three images, each an import of its own.
  private func send(to node: SlowNode, having blobs: Set<Digest> = []) async throws -> Failure? {
    let layout = try SmallLayout(images: 3)
    defer { layout.remove() }
    let load = try LoadTarget(archive: layout.archive, rules: .none)
    let plan = try LoadPlanner(store: .containerd).plan(
      layout.archive, names: load.names, content: NodeContent(blobs: blobs), batchBytes: 1)
    try #require(plan.batches.count == 3)
    let session = NodeSession(node: .testing("n1"), remote: node, events: EventLog())
    let runtime = Runtime(
      kind: .containerd, version: "1.7.24", socket: "/run/c.sock", namespace: "k8s.io", store: .containerd)
    do throws(Failure) {
      try await ImportPipeline(load: load, mode: LoadMode(), runtime: runtime, session: session).run(plan)
      return nil
    } catch {
      return error
    }
  }

  private func position(_ moment: SlowNode.Moment, _ node: SlowNode) throws -> Int {
    try #require(node.moments.firstIndex(of: moment), "\(moment) is not in \(node.moments)")
  }

  @Test func theNextImportTravelsMeanwhileAndIsWholeOnlyAfterwards() async throws {
    let node = SlowNode()
    #expect(try await send(to: node) == nil)
    #expect(node.imports == 3)
    for number in 1...2 {
      let ended = try position(.ended(number), node)
      #expect(try position(.whole(number), node) < position(.began(number + 1), node))
      #expect(try position(.began(number + 1), node) < ended)
      #expect(try position(.whole(number + 1), node) > ended)
    }
  }

  @Test func oneThatFailsLeavesTheNextWithoutItsEnd() async throws {
    let node = SlowNode(failures: [2: Failure(.remoteExit, "no")])
    #expect(try await send(to: node)?.code == .remoteExit)
    #expect(node.moments.contains(.ended(1)))
    #expect(!node.moments.contains(.whole(3)))
  }

  @Test func whereTheServerHasOneSessionTheyFollowEachOther() async throws {
    let node = SlowNode(sessions: 1)
    #expect(try await send(to: node) == nil)
    #expect(
      node.moments == (1...3).flatMap { [.began($0), .whole($0), .ended($0)] as [SlowNode.Moment] })
  }

  @Test func aRefusedPartialOneIsSentWholeAndTheRestFollows() async throws {
    let layout = try SmallLayout(images: 3)
    defer { layout.remove() }
    let node = SlowNode(refused: [2])
    let has = Set(layout.archive.images.map { $0.layers[0].digest })
    #expect(try await send(to: node, having: has) == nil)
    // The third had begun and begins again; the second is sent twice.
    #expect(node.imports == 5)
    #expect(node.moments.last == .ended(5))
  }

  @Test func aRefusedWholeOneIsTheEnd() async throws {
    let node = SlowNode(refused: [1])
    #expect(try await send(to: node)?.code == .importRefused)
    #expect(node.imports <= 2)
  }

  @Test func cancellingEndsAll() async throws {
    let node = SlowNode()
    let task = Task { try await send(to: node) }
    while !node.moments.contains(.whole(1)) { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    #expect(try await task.value?.code == .cancelled)
    #expect(!node.moments.contains(.whole(2)))
  }
}
