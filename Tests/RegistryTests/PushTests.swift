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

/// What uploads may have sent and not completed: never more than the limit, and nobody waits for ever.
@Suite struct UploadAllowanceTests {
  /// Adds up what is sent and not complete, as a registry would.
  private actor Meter {
    private var sent: [Int: Int64] = [:]
    private(set) var most: Int64 = 0
    private(set) var completed = 0

    func reach(_ ticket: Int, _ offset: Int64) {
      sent[ticket] = offset
      most = max(most, sent.values.reduce(0, +))
    }

    func complete(_ ticket: Int) {
      sent[ticket] = nil
      completed += 1
    }
  }

  /// Uploads of those sizes in parts of eight, `width` at a time; every `failing`th begins anew half-way.
  private func fill(
    _ allowance: UploadAllowance, _ sizes: [Int64], width: Int = 6, failing: Int = .max
  ) async throws -> Meter {
    let meter = Meter()
    let slots = Slots(width)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, size) in sizes.enumerated() {
        group.addTask {
          try await slots.run { () async throws(RegistryError) in
            try await allowance.upload(size) { (ready) async throws(RegistryError) in
              var offset: Int64 = 0
              var fails = (index + 1).isMultiple(of: failing)
              while offset < size {
                let end = min(size, offset + 8)
                await ready(end)
                await meter.reach(index, end)
                for _ in 0..<5 { await Task.yield() }
                if fails, end > size / 2 {
                  offset = 0
                  fails = false
                } else {
                  offset = end
                }
              }
              await meter.complete(index)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    return meter
  }

  private var sizes: [Int64] { (1...80).map { Int64($0 * 37 % 61 + 1) } }

  @Test(.timeLimit(.minutes(1)), arguments: [61, 70, 100, 200])
  func neverMoreThanTheLimit(limit: Int64) async throws {
    let meter = try await fill(UploadAllowance(limit), sizes)
    #expect(await meter.most <= limit)
    #expect(await meter.completed == 80)
  }

  @Test(.timeLimit(.minutes(1))) func uploadsThatBeginAnewKeepToItToo() async throws {
    let meter = try await fill(UploadAllowance(64), sizes, failing: 3)
    #expect(await meter.most <= 64)
    #expect(await meter.completed == 80)
  }

  @Test(.timeLimit(.minutes(1))) func theLargestGoesThroughWhateverTheLimit() async throws {
    let meter = try await fill(UploadAllowance(10), [50, 3, 90, 4, 60])
    #expect(await meter.most <= 90)
    #expect(await meter.completed == 5)
  }

  @Test func aPartThatLeavesARoundWithoutAnEndWaits() async {
    let allowance = UploadAllowance(100)
    let first = await allowance.begin(90)
    let second = await allowance.begin(80)
    await allowance.wait(first, to: 40)
    // 20 more of the second would leave 40 bytes, and either still needs 50 or 60.
    let meter = Meter()
    async let completedBefore = {
      await allowance.wait(second, to: 20)
      return await meter.completed
    }()
    for _ in 0..<100 { await Task.yield() }
    await allowance.wait(first, to: 90)
    await meter.complete(first)
    await allowance.end(first)
    #expect(await completedBefore == 1)
    await allowance.wait(second, to: 80)
    await allowance.end(second)
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
