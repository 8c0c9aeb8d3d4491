import Dispatch
import Images
import NIOCore
import Synchronization

/// Bytes that are uploaded: read by position, any part of them again after a failure.
protocol ByteSource: Sendable {
  /// Reads up to `count` bytes; fewer only at the end.
  func read(at offset: Int64, count: Int) async throws(RegistryError) -> ByteBuffer
}

/// Bytes that are in memory already.
struct MemorySource: ByteSource {
  let bytes: [UInt8]

  func read(at offset: Int64, count: Int) async throws(RegistryError) -> ByteBuffer {
    let start = min(Int(offset), bytes.count)
    return ByteBuffer(bytes: bytes[start..<min(bytes.count, start + count)])
  }
}

/// An archive's bytes, read in place on a queue of its own and never on the cooperative pool.
///
/// Of a compressed archive one reader serves all uploads, in the order of offsets, so that it is inflated once.
final class ArchiveReader: Sendable {
  private let queue = DispatchQueue(label: "archive")
  private let cursor: Mutex<Cursor>

  /// A cursor is used by one thread at a time; the lock sees to it.
  private struct Cursor: @unchecked Sendable { let cursor: any ContentCursor }

  init(_ archive: ImageArchive) throws(RegistryError) {
    do throws(ImageError) {
      cursor = Mutex(Cursor(cursor: try archive.makeCursor()))
    } catch {
      throw RegistryError(error)
    }
  }

  /// Reads exactly `count` bytes.
  func read(at offset: Int64, count: Int) async throws(RegistryError) -> ByteBuffer {
    let result = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.readNow(at: offset, count: count)) }
    }
    return try result.get()
  }

  private func readNow(at offset: Int64, count: Int) -> Result<ByteBuffer, RegistryError> {
    var buffer = ByteBufferAllocator().buffer(capacity: count)
    do {
      while buffer.readableBytes < count {
        let missing = count - buffer.readableBytes
        let position = offset + Int64(buffer.readableBytes)
        let got = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { room in
          try cursor.withLock { cursor in
            try cursor.cursor.read(
              at: position, into: UnsafeMutableRawBufferPointer(rebasing: room[..<missing]))
          }
        }
        guard got > 0 else {
          return .failure(
            RegistryError(ImageError(.truncatedArchive, "the archive ends at byte \(position)")))
        }
      }
      return .success(buffer)
    } catch let error as ImageError {
      return .failure(RegistryError(error))
    } catch {
      return .failure(RegistryError(.refused, "the archive cannot be read"))
    }
  }
}

/// A layer of an archive.
struct ArchiveRange: ByteSource {
  let reader: ArchiveReader
  let blob: Blob

  func read(at offset: Int64, count: Int) async throws(RegistryError) -> ByteBuffer {
    let count = Int(min(Int64(count), blob.size - offset))
    return count > 0 ? try await reader.read(at: blob.offset + offset, count: count) : ByteBuffer()
  }
}

/// Part of a source as the body of a request; at most two blocks are in memory.
struct UploadBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  let source: any ByteSource
  let range: Range<Int64>
  /// Told of each block that is handed to the connection.
  let sent: @Sendable (Int) -> Void

  static let blockSize = 512 << 10

  func makeAsyncIterator() -> Iterator { Iterator(body: self, position: range.lowerBound) }

  struct Iterator: AsyncIteratorProtocol {
    let body: UploadBody
    var position: Int64

    mutating func next() async throws -> ByteBuffer? {
      let count = Int(Swift.min(Int64(UploadBody.blockSize), body.range.upperBound - position))
      guard count > 0 else { return nil }
      let block = try await body.source.read(at: position, count: count)
      position += Int64(block.readableBytes)
      body.sent(block.readableBytes)
      return block
    }
  }
}
