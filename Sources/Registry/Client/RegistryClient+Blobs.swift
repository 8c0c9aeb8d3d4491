import AsyncHTTPClient
import Foundation
import Images
import NIOHTTP1

/// What is uploaded, and what it must turn out to be.
struct UploadContent: Sendable {
  let digest: Digest
  let size: Int64
  let source: any ByteSource

  init(digest: Digest, size: Int64, source: any ByteSource) {
    self.digest = digest
    self.size = size
    self.source = source
  }

  init(_ bytes: [UInt8]) {
    digest = Digest(of: bytes)
    size = Int64(bytes.count)
    source = MemorySource(bytes: bytes)
  }

  init(_ blob: Blob, reader: ArchiveReader) {
    digest = blob.digest
    size = blob.size
    source = ArchiveRange(reader: reader, blob: blob)
  }
}

extension RegistryClient {
  /// Whether the repository has the blob.
  func hasBlob(_ repository: String, _ digest: Digest) async throws(RegistryError) -> Bool {
    let reply = try await send(
      { self.request(.HEAD, "/v2/\(repository)/blobs/\(digest)") }, scope: .pull(repository))
    if reply.status == 404 { return false }
    guard reply.isSuccess else { throw refusal("look for a layer", repository: repository, reply) }
    return true
  }

  /// Lets a repository share a blob that another one of the registry has; false where the registry would not.
  func mount(_ digest: Digest, into repository: String, from other: String) async throws(RegistryError)
    -> Bool
  {
    let reply = try await send(
      { self.request(.POST, "/v2/\(repository)/blobs/uploads/?mount=\(digest)&from=\(other)") },
      scope: .mount(repository, from: other))
    if reply.status == 201 { return true }
    // 202: an upload was begun in its place; nobody will use it.
    if reply.status == 202, let session = location(reply) {
      _ = try? await send({ self.sessionRequest(.DELETE, session) }, scope: .push(repository))
    }
    return false
  }

  /// Uploads a blob, as often as it takes, going on where an attempt got to when the registry still knows that.
  ///
  /// Not every registry does: CNCF Distribution before 3.0 refuses an upload of which a part was cut off, with all that
  /// came before it.
  ///
  /// - Parameters:
  ///   - ready: waited for before each part, with the offset of the part's end.
  ///   - sent: told of every byte that is handed to a connection.
  func upload(
    _ content: UploadContent, to repository: String, ready: @Sendable (Int64) async -> Void = { _ in },
    sent: @escaping @Sendable (Int) -> Void
  ) async throws(RegistryError) {
    var session: String?
    var chunk = chunkSize
    var offset: Int64 = 0
    var reached: Int64 = 0
    var attempt = 1
    while true {
      let failure: RegistryError
      var asked: Duration?
      do throws(RegistryError) {
        if session == nil {
          // It may have been finished by a request whose answer was lost.
          if attempt > 1, try await hasBlob(repository, content.digest) { return }
          let begun = try await begin(repository)
          session = begun.session
          chunk = max(chunkSize, begun.leastChunk)
          offset = 0
        }
        while let current = session {
          let end = content.size - offset <= chunk ? content.size : offset + chunk
          await ready(end)
          switch try await send(content, offset..<end, to: current, repository, sent) {
          case .success(let next):
            // It got further than ever: a long upload may fail now and then all along.
            if end > reached { attempt = 1 }
            reached = max(reached, end)
            if end == content.size { return }
            offset = end
            session = next ?? current
          case .failure(let busy):
            asked = busy.retryAfter
            throw busy.error
          }
        }
        continue
      } catch {
        failure = error
      }
      attempt += 1
      try await pause(before: attempt, after: failure, asked: asked)
      (session, offset) = await resumed(session, repository, size: content.size)
    }
  }

  /// Begins an upload session; returns its address, and the smallest chunk that the registry takes (OCI Distribution
  /// Specification, "Pushing a blob in chunks", OCI-Chunk-Min-Length).
  private func begin(
    _ repository: String
  ) async throws(RegistryError) -> (session: String, leastChunk: Int64) {
    let reply = try await send(
      { self.request(.POST, "/v2/\(repository)/blobs/uploads/") }, scope: .push(repository))
    guard reply.status == 202, let session = location(reply) else {
      throw refusal("begin an upload to \(repository)", repository: repository, reply)
    }
    return (session, reply.header("OCI-Chunk-Min-Length").flatMap { Int64($0) } ?? 0)
  }

  /// Sends one part: a chunk (PATCH), or the last part or all of it (PUT). Returns where the next part goes.
  private func send(
    _ content: UploadContent, _ part: Range<Int64>, to session: String, _ repository: String,
    _ sent: @escaping @Sendable (Int) -> Void
  ) async throws(RegistryError) -> Result<String?, Busy> {
    let isLast = part.upperBound == content.size
    // 100 kB/s is the slowest that counts as moving.
    let deadline = Duration.seconds(120 + (part.upperBound - part.lowerBound) / 100_000)
    let outcome = try await once(
      {
        var target = session
        if isLast { target += (session.contains("?") ? "&" : "?") + "digest=\(content.digest)" }
        var request = self.sessionRequest(isLast ? .PUT : .PATCH, target)
        request.headers.add(name: "Content-Type", value: "application/octet-stream")
        if part != 0..<content.size {
          request.headers.add(
            name: "Content-Range", value: "\(part.lowerBound)-\(max(part.lowerBound, part.upperBound - 1))")
        }
        request.body = .stream(
          UploadBody(source: content.source, range: part, sent: sent),
          length: .known(part.upperBound - part.lowerBound))
        return request
      }, scope: .push(repository), deadline: deadline)
    switch outcome {
    case .failure(let busy): return .failure(busy)
    case .success(let answer):
      let reply = answer.reply
      if reply.isSuccess { return .success(location(reply)) }
      // The session is gone or stands elsewhere: that passes by starting anew.
      let codes = reply.errorCodes
      if codes.contains("BLOB_UPLOAD_UNKNOWN") || codes.contains("BLOB_UPLOAD_INVALID") || reply.status == 416
      {
        return .failure(
          Busy(
            error: RegistryError(.connectionLost, "\(endpoint): the upload was lost: \(reply.complaint)"),
            retryAfter: nil))
      }
      throw refusal("upload a layer to \(repository)", repository: repository, reply)
    }
  }

  /// Where an upload stands; from the beginning where the registry does not know it any more.
  private func resumed(_ session: String?, _ repository: String, size: Int64) async -> (String?, Int64) {
    guard let session else { return (nil, 0) }
    guard let reply = try? await send({ self.sessionRequest(.GET, session) }, scope: .push(repository)),
      reply.status == 204 || reply.status == 202, let range = reply.header("Range"),
      let last = range.split(separator: "-").last.flatMap({ Int64($0) })
    else { return (nil, 0) }
    // A range of "0-0" is one byte or none: nobody can tell, so none.
    let offset = last == 0 ? 0 : last + 1
    guard offset < size else { return (nil, 0) }
    return offset == 0 ? (nil, 0) : (location(reply) ?? session, offset)
  }

  /// An upload's address, made absolute. A registry behind a proxy often thinks that it is spoken to in plain http:
  /// at its own host, the scheme that worked so far is kept.
  private func location(_ reply: HTTPReply) -> String? {
    guard let text = reply.header("Location"), !text.isEmpty else { return nil }
    if text.hasPrefix("/") { return endpoint.base + text }
    for scheme in ["https://", "http://"] where text.hasPrefix(scheme + endpoint.host + "/") {
      return endpoint.base + text.dropFirst(scheme.count + endpoint.host.count)
    }
    return text
  }

  private func sessionRequest(_ method: HTTPMethod, _ session: String) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: session)
    request.method = method
    return request
  }
}
