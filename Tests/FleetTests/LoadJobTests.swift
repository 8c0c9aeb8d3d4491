import Images
import Synchronization
import Testing

@testable import Fleet

/// What the load job sends to a node, and what it never sends.
@Suite struct LoadJobTests {
  /// A containerd node in the words of the probe; it has what it was given.
  final class FakeNode: Sendable {
    private let state: Mutex<State>

    struct State {
      var names: [String] = []
      var blobs: [String] = []
      var takesPartial = true
      var forgets = false
      var imports: [Int] = []
    }

    init(_ set: (inout State) -> Void = { _ in }) {
      var initial = State()
      set(&initial)
      state = Mutex(initial)
    }

    var imports: [Int] { state.withLock { $0.imports } }

    func remote(_ layout: SmallLayout) -> ScriptedRemote {
      let image = layout.archive.images[0]
      return ScriptedRemote([
        .init(
          matches: { $0.words.starts(with: ["sh", "-s"]) && !$0.changes },
          answer: { _, _ throws(Failure) in
            self.state.withLock { state in
              var lines = [
                "user root", "privilege root", "machine x86_64", "runtime containerd 1.7.24 /run/c.sock up",
                "chosen containerd 1.7.24 /run/c.sock containerd", "root /var/lib/containerd",
                "disk 1000000000 900000000", "writable 1",
              ]
              lines += state.names.map { "image \($0) \(image.manifest.digest.hex) 1 1" }
              lines += state.blobs.map { "blob \($0)" }
              return CommandOutput(
                status: 0, standardOutput: Array((lines + ["end", ""]).joined(separator: "\n").utf8))
            }
          }),
        .init(
          matches: { $0.changes && $0.words.suffix(3) == ["images", "import", "-"] },
          answer: { _, bytes throws(Failure) in
            self.state.withLock { state in
              state.imports.append(bytes.count)
              guard state.takesPartial || state.imports.count > 1 else {
                return CommandOutput(status: 1, standardError: Array("ctr: content digest: not found\n".utf8))
              }
              if !state.forgets {
                state.names = [SmallLayout.name]
                state.blobs = image.layers.map(\.digest.hex) + [image.imageID.hex]
              }
              return CommandOutput(status: 0, bytesSent: Int64(bytes.count))
            }
          }),
      ])
    }
  }

  private func run(_ node: FakeNode, _ mode: LoadMode = LoadMode()) async throws -> (
    NodeResult, ScriptedRemote
  ) {
    let layout = try SmallLayout()
    defer { layout.remove() }
    let remote = node.remote(layout)
    let job = LoadJob(
      options: RuntimeOptions(runtime: nil, namespace: nil),
      load: try LoadTarget(archive: layout.archive, rules: .none), mode: mode)
    let runner = FleetRunner(
      connector: ScriptedConnector { _ throws(Failure) in remote }, forks: 1, retry: RetryPolicy(retries: 0))
    let results = await runner.run(job, on: [.testing("n1")], events: EventLog())
    return (try #require(results.first), remote)
  }

  @Test func anEmptyNodeGetsEverythingAndIsAskedAfterwards() async throws {
    let (result, remote) = try await run(FakeNode())
    #expect(result.status == .changed)
    #expect(result.images?.map(\.status) == [.loaded])
    #expect(remote.commands.map(\.changes) == [false, true, false])
  }

  @Test func aCompleteNodeCostsOneCommand() async throws {
    let layout = try SmallLayout()
    defer { layout.remove() }
    let (result, remote) = try await run(FakeNode { $0.names = [SmallLayout.name] })
    #expect(result.status == .ok)
    #expect(result.bytesSent == 0)
    #expect(remote.commands.count == 1)
    #expect(remote.commands.allSatisfy { !$0.changes })
  }

  @Test func aDryRunSendsNoChangingCommand() async throws {
    let (result, remote) = try await run(FakeNode(), LoadMode(pin: true, full: true, dryRun: true))
    #expect(result.status == .changed)
    #expect(result.images?.map(\.status) == [.loaded])
    #expect(remote.commands.allSatisfy { !$0.changes })
    #expect(result.bytesSent == 0)
  }

  @Test func whereOnlyTheNameIsMissingNoLayerTravels() async throws {
    let layout = try SmallLayout()
    defer { layout.remove() }
    let image = layout.archive.images[0]
    let node = FakeNode { $0.blobs = image.layers.map(\.digest.hex) + [image.imageID.hex] }
    let (result, _) = try await run(node)
    #expect(result.status == .changed)
    #expect(result.images?.map(\.status) == [.tagged])
  }

  @Test func aRefusedPartialArchiveIsFollowedByTheWholeOneOnce() async throws {
    let layout = try SmallLayout()
    defer { layout.remove() }
    let node = FakeNode {
      $0.blobs = [layout.archive.images[0].layers[0].digest.hex]
      $0.takesPartial = false
    }
    let (result, _) = try await run(node)
    #expect(result.status == .changed)
    try #require(node.imports.count == 2)
    // The second has both layers of 2000 bytes.
    #expect(node.imports[1] > node.imports[0] + 2000)
    #expect(result.notes?.contains { $0.contains("partial archive was refused") } == true)
  }

  /// A configuration that an interrupted import left may be gone when the next one needs it.
  @Test func anArchiveThatLacksNoMoreThanAConfigurationIsPartialToo() async throws {
    let layout = try SmallLayout()
    defer { layout.remove() }
    let node = FakeNode {
      $0.blobs = [layout.archive.images[0].imageID.hex]
      $0.takesPartial = false
    }
    let (result, _) = try await run(node)
    #expect(result.status == .changed)
    try #require(node.imports.count == 2)
    #expect(node.imports[1] > node.imports[0])
  }

  @Test func whatTheDaemonDoesNotHaveAfterwardsIsAFailure() async throws {
    let (result, _) = try await run(FakeNode { $0.forgets = true })
    #expect(result.status == .failed)
    #expect(result.error?.code == .verifyFailed)
    #expect(result.images?.map(\.status) == [.missing])
  }
}
