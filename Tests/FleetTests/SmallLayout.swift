import Foundation
import Images

/// An OCI layout folder with images of two layers each, for jobs that need an archive.
struct SmallLayout {
  let path: String
  let archive: ImageArchive
  static let name = "release.example.io/kpanda/api:v1"

  /// - Parameter images: how many; their tags are v1, v2, …, and they share no layer.
  init(images: Int = 1) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gantry-layout-\(UUID().uuidString)").path
    let blobs = path + "/blobs/sha256"
    try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
    func write(_ bytes: [UInt8]) throws -> String {
      let digest = Digest(of: bytes)
      try Data(bytes).write(to: URL(fileURLWithPath: blobs + "/" + digest.hex))
      return "\"digest\":\"\(digest)\",\"size\":\(bytes.count)"
    }
    let descriptors = try (1...images).map { number in
      let layers = (0..<2).map { [UInt8](repeating: UInt8(2 * number - 1 + $0), count: 2000 * images) }
      let diffIDs = layers.map { "\"\(Digest(of: $0))\"" }.joined(separator: ",")
      let config = try write(
        Array(
          #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[\#(diffIDs)]}}"#.utf8))
      let entries = try layers.map {
        #"{"mediaType":"application/vnd.oci.image.layer.v1.tar",\#(try write($0))}"#
      }
      let manifest = try write(
        Array(
          (#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json",\#(config)},"#
            + #""layers":[\#(entries.joined(separator: ","))]}"#).utf8))
      return #"{"mediaType":"application/vnd.oci.image.manifest.v1+json",\#(manifest),"#
        + #""annotations":{"io.containerd.image.name":"\#(Self.name.dropLast())\#(number)"}}"#
    }
    let index = #"{"schemaVersion":2,"manifests":[\#(descriptors.joined(separator: ","))]}"#
    try Data(index.utf8).write(to: URL(fileURLWithPath: path + "/index.json"))
    try Data(#"{"imageLayoutVersion":"1.0.0"}"#.utf8).write(to: URL(fileURLWithPath: path + "/oci-layout"))
    archive = try ImageArchive.open(path: path)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
