/// A source of bytes that a remote command reads on its standard input.
///
/// It is read by one thread at a time, in order, and need not be safe for more. Reading may touch the disk: it happens
/// on a connection's own thread, never on the cooperative pool.
public protocol ByteStream: AnyObject, Sendable {
  /// Fills `buffer` with the next bytes; returns how many, 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int

  /// What comes next may not be read yet. From any thread.
  var mustWait: Bool { get }

  /// Calls `action` once ``mustWait`` is over, from any thread, when it is not at once.
  func whenReleased(_ action: @escaping @Sendable () -> Void)
}

extension ByteStream {
  public var mustWait: Bool { false }
  public func whenReleased(_ action: @escaping @Sendable () -> Void) {}
}

/// Bytes that are already in memory, such as a script.
public final class MemoryStream: ByteStream, @unchecked Sendable {
  // One reader at a time, by the protocol's contract.
  private let bytes: [UInt8]
  private var position = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public convenience init(_ text: String) { self.init(Array(text.utf8)) }

  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count = min(buffer.count, bytes.count - position)
    guard count > 0 else { return 0 }
    bytes.withUnsafeBytes { source in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + count]))
    }
    position += count
    return count
  }
}
