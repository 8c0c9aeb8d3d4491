import Crypto
import Fleet
import Foundation
import SSH
import Testing

extension LiveTests {
  @Suite struct TransferTests {
    @Test func anUploadArrivesWhole() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let output = try await remote.run(
        .sh("sha256sum"), input: PatternStream(50 << 20),
        limits: CommandLimits(deadline: .seconds(60), stall: .seconds(20)))
      #expect(output.status == 0)
      #expect(output.bytesSent == 50 << 20)
      #expect(output.text == "\(Self.digest(50 << 20))  -\n")
      await remote.close()
    }

    @Test func aDownloadArrivesWhole() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let limits = CommandLimits(deadline: .seconds(60), stall: .seconds(20), outputBytes: 60 << 20)
      let output = try await remote.run(.sh("head -c 50000000 /dev/zero"), input: nil, limits: limits)
      #expect(output.status == 0)
      #expect(!output.truncated)
      #expect(output.standardOutput.count == 50_000_000)
      #expect(output.standardOutput.allSatisfy { $0 == 0 })
      await remote.close()
    }

    /// sshd starts a new key exchange in the middle of packets; see ``Transport``.
    @Test(arguments: 1...3) func rekeysDoNotStall(_ round: Int) async throws {
      let server = try TestServer("RekeyLimit 8M")
      let remote = try await LiveTests.remote(server)
      let limits = CommandLimits(deadline: .seconds(120), stall: .seconds(15), outputBytes: 160 << 20)
      let size = 120 << 20

      let upload = try await remote.run(.sh("sha256sum"), input: PatternStream(size), limits: limits)
      #expect(upload.text == "\(Self.digest(size))  -\n")

      let download = try await remote.run(
        .sh("head -c \(size) /dev/zero | tee /dev/stderr"), input: nil, limits: limits)
      #expect(download.standardOutput.count == size)
      #expect(download.standardError.count == size)

      let both = try await remote.run(.sh("cat"), input: PatternStream(size), limits: limits)
      #expect(both.standardOutput.count == size)
      #expect(Self.digest(both.standardOutput) == Self.digest(size))
      await remote.close()
    }

    @Test func aSlowReaderHoldsTheUploadUp() async throws {
      let server = try TestServer()
      let remote = try await LiveTests.remote(server)
      let output = try await remote.run(
        .sh("for i in 1 2 3 4 5 6; do head -c 4000000 >/dev/null; sleep 0.1; done; cat | wc -c"),
        input: PatternStream(30_000_000), limits: CommandLimits(deadline: .seconds(60), stall: .seconds(10)))
      #expect(output.status == 0)
      #expect(output.bytesSent == 30_000_000)
      await remote.close()
    }

    private static func digest(_ count: Int) -> String {
      var hash = SHA256()
      let stream = PatternStream(count)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
      defer { buffer.deallocate() }
      while let read = try? stream.read(into: buffer), read > 0 {
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<read]))
      }
      return hex(hash.finalize())
    }

    private static func digest(_ bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }

    private static func hex(_ digest: SHA256.Digest) -> String {
      digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
  }
}
