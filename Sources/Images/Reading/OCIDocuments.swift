#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A pointer to content (OCI Image Specification, "Descriptor").
struct OCIDescriptor: Codable {
  var mediaType: String?
  var digest: Digest
  var size: Int64
  var urls: [String]?
  var annotations: [String: String]?
  var platform: OCIPlatform?
}

/// OCI Image Index Specification, "platform".
struct OCIPlatform: Codable {
  var architecture: String
  var os: String
  var variant: String?

  var platform: Platform { Platform(os: os, architecture: architecture, variant: variant) }

  init(_ platform: Platform) {
    architecture = platform.architecture
    os = platform.os
    variant = platform.variant
  }
}

/// OCI Image Index Specification; Docker's manifest list has the same members.
struct OCIIndex: Codable {
  var schemaVersion: Int?
  var mediaType: String?
  var manifests: [OCIDescriptor]
}

/// OCI Image Manifest Specification; Docker's schema 2 manifest has the same members.
struct OCIManifest: Codable {
  var schemaVersion: Int?
  var mediaType: String?
  var config: OCIDescriptor
  var layers: [OCIDescriptor]
}

/// What is needed of an image's configuration (OCI Image Configuration Specification).
struct ImageConfig: Decodable {
  struct RootFS: Decodable {
    var diffIDs: [Digest]?

    enum CodingKeys: String, CodingKey { case diffIDs = "diff_ids" }
  }

  var architecture: String?
  var os: String?
  var variant: String?
  var rootfs: RootFS

  /// Docker took what a configuration leaves out from the machine that it ran on.
  var platform: Platform {
    Platform(
      os: os.flatMap { $0.isEmpty ? nil : $0 } ?? Platform.usual.os,
      architecture: architecture.flatMap { $0.isEmpty ? nil : $0 } ?? Platform.usual.architecture,
      variant: variant)
  }
}

/// One image in a docker-archive's `manifest.json` (moby, `image/tarexport`).
struct DockerManifestEntry: Codable {
  var config: String
  var repoTags: [String]?
  var layers: [String]

  enum CodingKeys: String, CodingKey {
    case config = "Config"
    case repoTags = "RepoTags"
    case layers = "Layers"
  }
}

/// Reads and writes the documents; their sizes are bounded before they come here.
enum OCIDocument {
  static func decode<Document: Decodable>(_ type: Document.Type, _ bytes: [UInt8], what: String)
    throws(ImageError) -> Document
  {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as ImageError {
      throw ImageError(.corruptBundle, "\(what): \(error.message)")
    } catch let DecodingError.keyNotFound(key, _) {
      throw ImageError(.corruptBundle, "\(what) lacks \(ImageError.shown(key.stringValue))")
    } catch {
      throw ImageError(.corruptBundle, "\(what) is not the JSON document that it should be")
    }
  }

  /// The same bytes for the same content, always: what is written here is named by its digest.
  static func encode(_ document: some Encodable, what: String) throws(ImageError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(document))
    } catch {
      throw ImageError(.corruptBundle, "\(what) cannot be written as JSON")
    }
  }
}

/// The media types that are told apart (OCI Image Specification, "Media Types"; Docker's are their elders).
enum MediaType {
  static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
  static let ociIndex = "application/vnd.oci.image.index.v1+json"
  static let ociConfig = "application/vnd.oci.image.config.v1+json"
  static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
  static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
  static let dockerConfig = "application/vnd.docker.container.image.v1+json"
  /// containerd looks at the content of a layer of this type, and only of this one, to tell its compression.
  static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
  static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"

  /// Whether it is a layer type that every runtime reads.
  static func isLayer(_ type: String) -> Bool {
    let plain = Compression.none.layerMediaType
    return [plain, plain + "+gzip", plain + "+zstd", dockerLayer, dockerLayerGzip, dockerLayer + ".zstd"]
      .contains(type)
  }
}
