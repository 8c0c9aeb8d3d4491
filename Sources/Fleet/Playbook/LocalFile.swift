import Crypto
import Foundation

/// A file on this machine that is to be copied: looked at once, before any node is touched.
public struct LocalFile: Sendable, Hashable {
  public let path: String
  /// Bytes.
  public let size: Int64
  /// SHA-256 as lower case hex.
  public let digest: String

  /// Reads the file through.
  ///
  /// - Throws: `bad-file`.
  public init(_ path: String) throws(Failure) {
    let handle = try Self.open(path)
    defer { try? handle.close() }
    var hash = SHA256()
    var size: Int64 = 0
    do {
      while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
        hash.update(data: chunk)
        size += Int64(chunk.count)
      }
    } catch {
      throw Failure(.badFile, "cannot read \(path)", hint: "copy takes one readable file")
    }
    self.path = path
    self.size = size
    digest = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func open(_ path: String) throws(Failure) -> FileHandle {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
      throw Failure(.badFile, "no such file: \(path)", hint: "copy takes one file")
    }
    do { return try FileHandle(forReadingFrom: URL(filePath: path)) } catch {
      throw Failure(.badFile, "cannot read \(path)", hint: "check its permissions")
    }
  }
}

extension FailureCode {
  /// A file on this machine that is to be copied cannot be read.
  public static let badFile = FailureCode("bad-file")
}

/// The bytes of a file on their way to a node; memory does not grow with the file.
final class FileStream: ByteStream, @unchecked Sendable {
  // One reader at a time, by ByteStream's contract.
  private let handle: FileHandle
  private let told: @Sendable (Int64) -> Void
  private var position: Int64 = 0

  init(_ file: LocalFile, told: @escaping @Sendable (Int64) -> Void) throws(Failure) {
    handle = try LocalFile.open(file.path)
    self.told = told
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    while true {
      let count = Foundation.read(handle.fileDescriptor, base, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(.badFile, "the file cannot be read any more") }
      position += Int64(count)
      told(Int64(count))
      return count
    }
  }

  deinit { try? handle.close() }
}
