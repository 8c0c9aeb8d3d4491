import Fleet

/// So many bytes of a pattern that a lost, repeated or swapped block would change.
final class PatternStream: ByteStream, @unchecked Sendable {
  // Unchecked: one reader at a time, by the protocol's contract.
  private var left: Int
  private let block = PatternStream.period
  private var position = 0

  /// One period of the pattern: not a multiple of any packet's size.
  static let period: [UInt8] = {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    return (0..<1_000_003).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state)
    }
  }()

  init(_ count: Int) { left = count }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count = min(left, buffer.count, block.count - position)
    guard count > 0 else { return 0 }
    block.withUnsafeBytes { source in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + count]))
    }
    position = (position + count) % block.count
    left -= count
    return count
  }
}

/// Bytes, and then an error.
final class BrokenStream: ByteStream, @unchecked Sendable {
  // Unchecked: one reader at a time, by the protocol's contract.
  private var left: Int

  init(after count: Int) { left = count }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    guard left > 0 else { throw Failure(.corruptBundle, "read the archive: input/output error") }
    let count = min(left, buffer.count)
    _ = buffer[..<count].initializeMemory(as: UInt8.self, repeating: 1)
    left -= count
    return count
  }
}
