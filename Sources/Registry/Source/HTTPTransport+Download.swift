import AsyncHTTPClient
import Crypto
import Foundation
import Images
import NIOCore
import SystemPackage

extension HTTPTransport {
  /// Sends a request and writes the answer's body to a file, block by block.
  ///
  /// - Returns: the status, the digest of the body and its size; of an answer that is no success nothing is written.
  func download(
    _ request: HTTPClientRequest, deadline: Duration, to path: String
  ) async throws(RegistryError) -> (status: Int, digest: Images.Digest?, size: Int64) {
    do {
      let response = try await execute(request, deadline: deadline)
      guard (200..<300).contains(response.status.code) else { return (Int(response.status.code), nil, 0) }
      let file = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite])
      defer { try? file.close() }
      var hasher = SHA256()
      var size: Int64 = 0
      for try await buffer in response.body {
        buffer.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        size += Int64(buffer.readableBytes)
        try await FileQueue.run { _ = try buffer.withUnsafeReadableBytes { try file.writeAll($0) } }
      }
      let hex = hasher.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      return (Int(response.status.code), Images.Digest(hex: hex), size)
    } catch let error as RegistryError {
      throw error
    } catch let error as Errno {
      throw RegistryError(
        .writeFailed, "\(MessageText.shown(path)) cannot be written: \(error)", hint: "make room on that disk"
      )
    } catch {
      throw classify(error, request)
    }
  }
}

/// Blocking work with files, off the cooperative pool.
enum FileQueue {
  private static let queue = DispatchQueue(label: "files", attributes: .concurrent)

  static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try work() }) }
    }
  }
}
