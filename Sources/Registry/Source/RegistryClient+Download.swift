import AsyncHTTPClient
import Foundation
import Images
import NIOHTTP1

extension RegistryClient {
  /// A small blob in memory; throws `registry-not-found`, `digest-mismatch`.
  func blob(_ repository: String, _ digest: Digest, limit: Int) async throws(RegistryError) -> [UInt8] {
    let reply = try await send(
      { self.request(.GET, "/v2/\(repository)/blobs/\(digest)") }, scope: .pull(repository), limit: limit,
      overflow: .fail)
    guard reply.isSuccess else { throw missing(repository, digest, reply.status) }
    guard Digest(of: reply.body) == digest else { throw damaged(repository, digest) }
    return reply.body
  }

  /// A blob as a file: under its final name it is whole and has its digest. One that is there already stays.
  func download(_ repository: String, _ digest: Digest, size: Int64, to path: String)
    async throws(RegistryError)
  {
    if FileManager.default.fileExists(atPath: path) { return }
    let partial = path + ".part"
    var attempt = 1
    while true {
      let failure: RegistryError
      do throws(RegistryError) {
        var request = request(.GET, "/v2/\(repository)/blobs/\(digest)")
        if let header = try await authorizer.header(for: Scope.pull(repository).text) {
          request.headers.add(name: "Authorization", value: header.revealed)
        }
        let answer = try await transport.download(
          request, deadline: .seconds(120 + size / 100_000), to: partial)
        switch answer.status {
        case 200:
          guard answer.digest == digest else { throw damaged(repository, digest) }
          guard rename(partial, path) == 0 else {
            throw RegistryError(.writeFailed, "\(MessageText.shown(path)) cannot be written")
          }
          return
        case 429, 500...:
          failure = RegistryError(
            .unavailable, "\(endpoint): a layer of \(repository): status \(answer.status)")
        default: throw missing(repository, digest, answer.status)
        }
      } catch {
        failure = error
      }
      attempt += 1
      try await pause(before: attempt, after: failure, asked: nil)
    }
  }

  private func missing(_ repository: String, _ digest: Digest, _ status: Int) -> RegistryError {
    RegistryError(.notFound, "\(endpoint): \(repository) lacks \(digest): status \(status)")
  }

  private func damaged(_ repository: String, _ digest: Digest) -> RegistryError {
    RegistryError(
      .digestMismatch, "\(endpoint): \(digest) of \(repository) has other content than its digest says")
  }
}
