import Foundation
import Images

/// Fetches images from registries into an OCI image layout, layer by layer; what is there already is not fetched again.
struct ImageDownloader: Sendable {
  let targets: SyncTargets
  /// The layout's folder.
  let folder: String
  let platform: Platform
  /// Layers at a time.
  let downloads: Slots

  private struct Descriptor: Codable {
    var mediaType: String
    var digest: Digest
    var size: Int64
    var platform: PlatformFields?
    var annotations: [String: String]?
  }

  private struct PlatformFields: Codable {
    var architecture: String
    var os: String
    var variant: String?
  }

  private struct Manifest: Decodable {
    var config: Descriptor?
    var layers: [Descriptor]?
    var manifests: [Descriptor]?
  }

  private struct Index: Encodable {
    var schemaVersion = 2
    var manifests: [Descriptor]
  }

  /// Fetches the images and writes the layout's index; returns the opened layout.
  func fetch(_ references: [ImageReference]) async throws(RegistryError) -> ImageArchive {
    do {
      try FileManager.default.createDirectory(
        atPath: folder + "/blobs/sha256", withIntermediateDirectories: true)
    } catch {
      throw RegistryError(.writeFailed, "\(MessageText.shown(folder)) cannot be made")
    }
    var clients: [String: RegistryClient] = [:]
    var descriptors: [Descriptor] = []
    for reference in references {
      let client: RegistryClient
      if let known = clients[reference.registry] {
        client = known
      } else {
        client = try await targets.source(reference.registry)
        clients[reference.registry] = client
      }
      descriptors.append(try await fetch(reference, from: client))
    }
    try write(#"{"imageLayoutVersion":"1.0.0"}"#, "oci-layout")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let index = try? encoder.encode(Index(manifests: descriptors)) else {
      throw RegistryError(.writeFailed, "the index cannot be written as JSON")
    }
    try write(String(decoding: index, as: UTF8.self), "index.json")
    do throws(ImageError) {
      return try ImageArchive.open(path: folder)
    } catch {
      throw RegistryError(error)
    }
  }

  private func fetch(_ reference: ImageReference, from client: RegistryClient) async throws(RegistryError)
    -> Descriptor
  {
    let repository = reference.path
    let wanted = reference.digest?.description ?? reference.tag ?? "latest"
    guard var manifest = try await client.manifest(repository, wanted) else {
      throw RegistryError(
        .notFound, "\(client.endpoint) has no \(reference)", hint: "the chart names it in its hints")
    }
    var document = try decode(manifest)
    if let choices = document.manifests {
      guard
        let choice = choices.first(where: { choice in
          choice.platform.map {
            platform.accepts(Platform(os: $0.os, architecture: $0.architecture, variant: $0.variant))
          } ?? false
        }), let chosen = try await client.manifest(repository, choice.digest.description)
      else {
        throw RegistryError(.notFound, "\(reference) is not there for \(platform)")
      }
      manifest = chosen
      document = try decode(chosen)
    }
    guard let config = document.config, let layers = document.layers else {
      throw RegistryError(.refused, "\(reference) is no container image")
    }
    let blobs = [config] + layers
    let folder = folder + "/blobs/sha256/"
    let downloads = downloads
    let failure = await withTaskGroup(of: RegistryError?.self) { group in
      for blob in blobs {
        group.addTask {
          do throws(RegistryError) {
            try await downloads.run { () async throws(RegistryError) in
              try await client.download(
                repository, blob.digest, size: blob.size, to: folder + blob.digest.hex)
            }
            return nil
          } catch {
            return error
          }
        }
      }
      var first: RegistryError?
      for await case let failure? in group where first == nil {
        first = failure
        group.cancelAll()
      }
      return first
    }
    if let failure { throw failure }
    try write(manifest.bytes, "blobs/sha256/" + manifest.digest.hex)
    return Descriptor(
      mediaType: manifest.mediaType, digest: manifest.digest, size: Int64(manifest.bytes.count),
      annotations: ["io.containerd.image.name": reference.description])
  }

  private func decode(_ manifest: RegistryManifest) throws(RegistryError) -> Manifest {
    guard let document = try? JSONDecoder().decode(Manifest.self, from: Data(manifest.bytes)) else {
      throw RegistryError(.refused, "the manifest \(manifest.digest) cannot be read")
    }
    return document
  }

  private func write(_ text: String, _ name: String) throws(RegistryError) {
    try write(Array(text.utf8), name)
  }

  private func write(_ bytes: [UInt8], _ name: String) throws(RegistryError) {
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name), options: .atomic)
    } catch {
      throw RegistryError(
        .writeFailed, "\(MessageText.shown(folder)) cannot be written", hint: "make room there")
    }
  }
}
