/// Bytes that wait for a socket to take them, in order, in storage that is reused.
struct OutputQueue: ~Copyable {
  private var storage: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0

  init() {
    storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  deinit {
    storage.deallocate()
  }

  var count: Int { end - start }

  /// Calls `body` with all the bytes and drops as many of the first as it returns.
  mutating func drain(_ body: (UnsafeRawBufferPointer) -> Int) {
    // Unsafe: start and end stay within the storage, and `body` does not keep the pointer.
    start += body(UnsafeRawBufferPointer(rebasing: storage[start..<end]))
    if start == end {
      start = 0
      end = 0
    }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if end + bytes.count > storage.count { makeRoom(bytes.count) }
    // Unsafe: makeRoom has made storage.count - end at least bytes.count, and the two never overlap.
    UnsafeMutableRawBufferPointer(rebasing: storage[end..<end + bytes.count]).copyMemory(from: bytes)
    end += bytes.count
  }

  private mutating func makeRoom(_ needed: Int) {
    let count = self.count
    var target = storage
    if count + needed > storage.count {
      // One packet, 35,000 bytes at most, is all that usually waits; on an idle connection, less.
      let size = max(4 << 10, (count + needed).nextPowerOfTwo)
      target = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    }
    // Unsafe: memmove semantics, so moving within one storage is fine; count bytes fit in either.
    if count > 0 { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end])) }
    if target.baseAddress != storage.baseAddress { storage.deallocate() }
    storage = target
    start = 0
    end = count
  }
}

extension Int {
  /// The least power of two that is not less; for positive numbers.
  fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
