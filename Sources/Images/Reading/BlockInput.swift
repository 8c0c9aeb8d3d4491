/// Bytes that come block after block: what libarchive reads through.
protocol BlockInput: AnyObject {
  /// The next bytes, valid until the next call; empty at the end.
  func nextBlock() throws(ImageError) -> UnsafeRawBufferPointer

  /// Passes over up to `count` bytes without reading them; returns how many, 0 where that cannot be done.
  func skip(_ count: Int64) -> Int64
}

extension BlockInput {
  func skip(_ count: Int64) -> Int64 { 0 }
}

/// A range of a source, block after block.
final class RangeInput: BlockInput {
  private let cursor: any ContentCursor
  private let buffer: UnsafeMutableRawBufferPointer
  private var end: Int64
  private var position: Int64

  /// - Parameter blockSize: small where only headers are wanted, since each block is read from the disk.
  init(_ cursor: any ContentCursor, offset: Int64, size: Int64, blockSize: Int) {
    self.cursor = cursor
    position = offset
    end = offset + size
    buffer = .allocate(byteCount: blockSize, alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// Goes to another range, with the same buffer.
  func move(to offset: Int64, size: Int64) {
    position = offset
    end = offset + size
  }

  func nextBlock() throws(ImageError) -> UnsafeRawBufferPointer {
    let wanted = Int(min(Int64(buffer.count), end - position))
    guard wanted > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let count = try cursor.read(
      at: position, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
    position += Int64(count)
    return UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }

  func skip(_ count: Int64) -> Int64 {
    let skipped = max(0, min(count, end - position))
    position += skipped
    return skipped
  }
}

/// An input whose first bytes were looked at already.
final class PeekedInput: BlockInput {
  /// The first bytes; fewer than asked for only where the input is that short.
  let head: [UInt8]
  private let input: any BlockInput
  private let copy: UnsafeMutableRawBufferPointer
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  private var headIsDue: Bool

  init(_ input: any BlockInput, count: Int) throws(ImageError) {
    var head: [UInt8] = []
    while head.count < count {
      let block = try input.nextBlock()
      if block.isEmpty { break }
      let taken = min(block.count, count - head.count)
      head.append(contentsOf: block[..<taken])
      rest = UnsafeRawBufferPointer(rebasing: block[taken...])
    }
    self.head = head
    self.input = input
    headIsDue = !head.isEmpty
    copy = .allocate(byteCount: max(1, head.count), alignment: 16)
    copy.copyBytes(from: head)
  }

  deinit { copy.deallocate() }

  func nextBlock() throws(ImageError) -> UnsafeRawBufferPointer {
    if headIsDue {
      headIsDue = false
      return UnsafeRawBufferPointer(rebasing: copy[..<head.count])
    }
    if !rest.isEmpty {
      defer { rest = UnsafeRawBufferPointer(start: nil, count: 0) }
      return rest
    }
    return try input.nextBlock()
  }
}
