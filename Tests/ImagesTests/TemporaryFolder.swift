import Foundation
import Testing

@testable import Images

/// A folder of one test, gone when it ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/images-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], as name: String = "archive.tar") throws -> String {
    let file = path + "/" + name
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  var listing: [String] { (try? FileManager.default.subpathsOfDirectory(atPath: path).sorted()) ?? [] }
}

/// Opens bytes as an archive that lives as long as the folder.
func open(_ bytes: [UInt8], in folder: TemporaryFolder, options: ImageArchive.Options = .init()) throws
  -> ImageArchive
{
  try ImageArchive.open(path: folder.write(bytes), options: options)
}

/// Everything that a stream gives.
func collect(_ plan: ArchivePlan, from archive: ImageArchive, chunk: Int = 1000) throws -> [UInt8] {
  let stream = try ArchiveStream(plan, cursor: archive.makeCursor())
  var result: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: chunk)
  while true {
    let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
    if count == 0 { break }
    result += buffer.prefix(count)
  }
  #expect(stream.position == plan.length)
  #expect(Int64(result.count) == plan.length)
  return result
}

/// The error that the body must throw.
func failure(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) -> ImageError? {
  let error = #expect(throws: ImageError.self, sourceLocation: sourceLocation) { try body() }
  if let error {
    #expect(!error.message.contains("\n"), sourceLocation: sourceLocation)
    #expect(!error.message.hasSuffix("."), sourceLocation: sourceLocation)
  }
  return error
}
