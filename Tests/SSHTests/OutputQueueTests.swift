import Testing

@testable import SSH

@Suite struct OutputQueueTests {
  /// Whatever the sizes of the pieces on either side, the bytes come out as they went in.
  @Test func bytesStayInOrder() {
    var queue = OutputQueue()
    var random = SystemRandomNumberGenerator()
    var written: [UInt8] = []
    var read: [UInt8] = []
    for _ in 0..<2000 {
      let piece = (0..<Int.random(in: 0..<3000, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      piece.withUnsafeBytes { queue.append($0) }
      written += piece
      let take = Int.random(in: 0..<3200, using: &random)
      queue.drain { bytes in
        let count = min(take, bytes.count)
        read += bytes.prefix(count)
        return count
      }
      #expect(queue.count == written.count - read.count)
    }
    queue.drain { bytes in
      read += bytes
      return bytes.count
    }
    #expect(queue.count == 0)
    #expect(read == written)
  }
}
