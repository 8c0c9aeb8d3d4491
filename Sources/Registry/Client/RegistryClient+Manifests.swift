import AsyncHTTPClient
import Foundation
import Images
import NIOHTTP1

/// A manifest as a registry holds it.
public struct RegistryManifest: Sendable {
  public let digest: Digest
  public let mediaType: String
  public let bytes: [UInt8]
}

extension RegistryClient {
  private static let accepted = [
    "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
  ]

  /// What a tag points to; nil where there is no such tag (or no such repository).
  ///
  /// - Parameter reference: a tag, or a digest in its text form.
  public func manifestDigest(_ repository: String, _ reference: String) async throws(RegistryError) -> Digest?
  {
    let reply: HTTPReply
    do throws(RegistryError) {
      reply = try await send(
        { self.manifestRequest(.HEAD, repository, reference) }, scope: .pull(repository))
    } catch {
      guard error.code == .unavailable else { throw error }
      // CNCF Distribution writes manifests in place, and takes what a crash left of one for the whole.
      throw RegistryError(
        .unavailable, error.message,
        hint:
          "the registry is overloaded or broken; if it fails for this name alone, a crash left half a manifest in its store: look at its log, remove that, and run it again"
      )
    }
    if reply.status == 404 { return nil }
    guard reply.isSuccess else {
      throw refusal("look for \(repository):\(reference)", repository: repository, reply)
    }
    if let text = reply.header("Docker-Content-Digest"), let digest = try? Digest(text) { return digest }
    // Old registries leave the header out.
    return try await manifest(repository, reference)?.digest
  }

  /// The manifest behind a tag or digest; nil where there is none.
  public func manifest(_ repository: String, _ reference: String) async throws(RegistryError)
    -> RegistryManifest?
  {
    let reply = try await send(
      { self.manifestRequest(.GET, repository, reference) }, scope: .pull(repository), limit: 4 << 20,
      overflow: .fail)
    if reply.status == 404 { return nil }
    guard reply.isSuccess else {
      throw refusal("fetch \(repository):\(reference)", repository: repository, reply)
    }
    let digest = Digest(of: reply.body)
    if reference.hasPrefix("sha256:"), reference != digest.description {
      throw RegistryError(
        .digestMismatch, "\(endpoint): \(repository)@\(reference) has other content than its digest says")
    }
    return RegistryManifest(
      digest: digest, mediaType: reply.header("Content-Type") ?? Self.accepted[0], bytes: reply.body)
  }

  /// Stores a manifest under a tag, and makes sure that the registry then says it is the one that was sent.
  func putManifest(
    _ repository: String, tag: String, bytes: [UInt8], mediaType: String
  ) async throws(RegistryError) {
    let digest = Digest(of: bytes)
    let reply = try await send(
      {
        var request = self.manifestRequest(.PUT, repository, tag)
        request.headers.replaceOrAdd(name: "Content-Type", value: mediaType)
        request.body = .bytes(bytes)
        return request
      }, scope: .push(repository))
    guard reply.isSuccess else { throw refusal("store \(repository):\(tag)", repository: repository, reply) }
    let stored = try await manifestDigest(repository, tag)
    guard stored == digest else {
      throw RegistryError(
        .digestMismatch,
        "\(endpoint): \(repository):\(tag) should be \(digest) and is \(stored?.description ?? "not there")",
        hint: "somebody else may be writing to the registry; run it again")
    }
  }

  private func manifestRequest(_ method: HTTPMethod, _ repository: String, _ reference: String)
    -> HTTPClientRequest
  {
    var request = request(method, "/v2/\(repository)/manifests/\(reference)")
    for type in Self.accepted { request.headers.add(name: "Accept", value: type) }
    return request
  }
}
