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
