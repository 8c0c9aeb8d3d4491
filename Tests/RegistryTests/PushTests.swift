import Images
import Testing

@testable import Registry

/// Claims on blobs: each is uploaded by one, and the others wait for that one.
@Suite struct BlobLedgerTests {
  @Test func oneUploadsAndTheOthersMount() async {
    let ledger = BlobLedger()
    let digest = Digest(of: [1])
    #expect(await ledger.claim(digest) == .upload)
    async let second = ledger.claim(digest)
    async let third = ledger.claim(digest)
    await ledger.settle(digest, home: "one")
    #expect(await second == .mount(from: "one"))
    #expect(await third == .mount(from: "one"))
  }

  @Test func afterAFailureTheNextOneUploads() async {
    let ledger = BlobLedger()
    let digest = Digest(of: [2])
    #expect(await ledger.claim(digest) == .upload)
    async let second = ledger.claim(digest)
    await ledger.settle(digest, home: nil)
    #expect(await second == .upload)
    await ledger.settle(digest, home: "two")
    #expect(await ledger.claim(digest) == .mount(from: "two"))
  }
}

/// Places for uploads: as many as there are, and as many bytes as there may be.
@Suite struct SlotsTests {
  /// Counts what is under way together.
  private actor Meter {
    private var count = 0
    private var bytes: Int64 = 0
    private(set) var mostCount = 0
    private(set) var mostBytes: Int64 = 0
    private(set) var sizes: [Int64] = []

    func begin(_ size: Int64) {
      count += 1
      bytes += size
      mostCount = max(mostCount, count)
      mostBytes = max(mostBytes, bytes)
      sizes.append(size)
    }

    func end(_ size: Int64) {
      count -= 1
      bytes -= size
    }
  }

  private func fill(_ slots: Slots, _ sizes: [Int64]) async throws -> Meter {
    let meter = Meter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for size in sizes {
        group.addTask {
          try await slots.run(bytes: size) { () async throws(RegistryError) in
            await meter.begin(size)
            for _ in 0..<20 { await Task.yield() }
            await meter.end(size)
          }
        }
      }
      try await group.waitForAll()
    }
    return meter
  }

  @Test func neverMoreThanThereArePlaces() async throws {
    let meter = try await fill(Slots(3), Array(repeating: 1 << 40, count: 40))
    #expect(await meter.mostCount <= 3)
    #expect(await meter.sizes.count == 40)
  }

  @Test func neverMoreBytesThanMayBe() async throws {
    let sizes = (1...60).map { Int64($0 % 7 + 1) }
    let meter = try await fill(Slots(8, capacity: 12), sizes)
    #expect(await meter.mostBytes <= 12)
    #expect(await meter.sizes.sorted() == sizes.sorted())
  }

  @Test func whatIsLargerThanAllOfItGoesAlone() async throws {
    let meter = try await fill(Slots(8, capacity: 12), [50, 3, 50, 4, 60])
    #expect(await meter.mostBytes == 60)
    #expect(await meter.sizes.count == 5)
  }

  @Test func whoFailsLeavesItsPlace() async throws {
    let slots = Slots(1, capacity: 5)
    await #expect(throws: RegistryError.self) {
      try await slots.run(bytes: 9) { () async throws(RegistryError) in throw RegistryError(.timeout, "x") }
    }
    #expect(try await fill(slots, [5, 5]).sizes == [5, 5])
  }
}

/// Pauses between attempts, by code alone.
@Suite struct BackoffTests {
  @Test(arguments: [
    (RegistryError.Code.unavailable, true), (.connectionLost, true), (.timeout, true), (.authFailed, false),
    (.denied, false), (.unknownCA, false), (.tagConflict, false), (.digestMismatch, false),
    (.cancelled, false),
  ])
  func whatPasses(code: RegistryError.Code, passes: Bool) {
    let pause = Backoff().pause(before: 2, after: RegistryError(code, "x"), asked: nil)
    #expect((pause != nil) == passes)
  }

  @Test func growsAndListens() throws {
    let backoff = Backoff(retries: 5, firstPause: .seconds(1), longestPause: .seconds(4))
    let busy = RegistryError(.unavailable, "x")
    for (attempt, longest) in [(2, 1), (3, 2), (4, 4), (5, 4)] {
      let pause = try #require(backoff.pause(before: attempt, after: busy, asked: nil))
      #expect(pause >= .seconds(longest) / 2 && pause <= .seconds(longest))
    }
    #expect(backoff.pause(before: 2, after: busy, asked: .seconds(7)) == .seconds(7))
    #expect(backoff.pause(before: 2, after: busy, asked: .seconds(7000)) == .seconds(60))
    #expect(backoff.pause(before: 7, after: busy, asked: nil) == nil)
  }
}
