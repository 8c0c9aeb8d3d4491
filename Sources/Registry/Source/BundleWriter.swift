import Foundation
import Images
import SystemPackage

/// Writes a bundle as charts-syncer does: `hints.yaml`, the chart, and last the images as a docker-archive.
struct BundleWriter: Sendable {
  let hints: [String]
  let chart: ChartFolder
  /// nil for a bundle without images.
  let images: ImageArchive?

  /// Writes the file under its final name once it is whole.
  func write(to path: String) async throws(RegistryError) {
    do {
      try await FileQueue.run { try writeNow(path) }
    } catch let error as ImageError {
      throw RegistryError(error)
    } catch {
      throw RegistryError(
        .writeFailed, "\(MessageText.shown(path)) cannot be written: \(MessageText.shown("\(error)"))",
        hint: "make room on that disk")
    }
  }

  private func writeNow(_ path: String) throws {
    let partial = path + ".part"
    let file = try FileDescriptor.open(
      FilePath(partial), .writeOnly, options: [.create, .truncate, .closeOnExec],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
    try file.closeAfter {
      var list = ""
      for hint in hints {
        list += "- \"" + hint.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"\n"
      }
      try add("hints.yaml", Array(list.utf8), to: file)
      let names = ["Chart.yaml"] + chart.files.keys.filter { $0 != "Chart.yaml" }.sorted()
      for name in names { try add("original-chart/" + name, chart.files[name] ?? [], to: file) }
      if let images { try add(images, to: file) }
      try file.writeAll([UInt8](repeating: 0, count: 1024))
    }
    guard rename(partial, path) == 0 else { throw Errno(rawValue: errno) }
  }

  private func add(_ name: String, _ bytes: [UInt8], to file: FileDescriptor) throws {
    try header(name, Int64(bytes.count), file)
    try file.writeAll(bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512))
  }

  private func add(_ images: ImageArchive, to file: FileDescriptor) throws {
    let writer = DockerArchiveWriter(archive: images)
    let plan = try writer.plan(images.images.map { .init($0, names: $0.references) })
    try header("images.tar", plan.length, file)
    let stream = ArchiveStream(plan, cursor: try images.makeCursor())
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    while case let count = try stream.read(into: buffer), count > 0 {
      try file.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    // A tar is whole blocks, so nothing is left to fill up.
  }

  private func header(_ name: String, _ size: Int64, _ file: FileDescriptor) throws {
    guard let header = UstarHeader.file(name, size: Int(size)) else {
      throw ImageError(.tooLarge, "\(MessageText.shown(name)) is too long for a tar archive")
    }
    try file.writeAll(header)
  }
}
