import Foundation
import Images
import Inventory
import Testing

@testable import Registry

/// A real docker-registry on this machine's loopback, for one test.
final class LiveRegistry {
  let host: String
  private let folder: URL
  private let process = Process()

  /// - Parameter password: of the user `admin`; nil for a registry that asks nobody.
  init(password: String? = nil) throws {
    let program = "/usr/bin/docker-registry"
    try #require(FileManager.default.isExecutableFile(atPath: program), "lab/setup installs docker-registry")
    folder = FileManager.default.temporaryDirectory.appending(path: "gantry-registry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    host = "127.0.0.1:\(UInt16.random(in: 30_000...59_999))"
    var config = """
      version: 0.1
      log: {level: error}
      storage: {filesystem: {rootdirectory: \(folder.path)/data}}
      http: {addr: "\(host)", secret: test}

      """
    if let password {
      let crypt = Process()
      crypt.executableURL = URL(fileURLWithPath: "/usr/bin/perl")
      crypt.arguments = [
        "-e", #"print "admin:", crypt($ARGV[0], "\$2y\$05\$gantrylabgantrylabgant"), "\n""#, password,
      ]
      let pipe = Pipe()
      crypt.standardOutput = pipe
      try crypt.run()
      try #require(try pipe.fileHandleForReading.readToEnd()).write(to: folder.appending(path: "htpasswd"))
      config += "auth: {htpasswd: {realm: test, path: \(folder.path)/htpasswd}}\n"
    }
    let file = folder.appending(path: "config.yml")
    try config.write(to: file, atomically: true, encoding: .utf8)
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["serve", file.path]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit {
    process.terminate()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Cuts what the registry has stored of a blob to nothing, as a crash may.
  func damage(_ digest: Digest) throws {
    let hex = digest.description.dropFirst("sha256:".count)
    let path = "data/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data"
    let file = try FileHandle(forWritingTo: folder.appending(path: path))
    try file.truncate(atOffset: 0)
    try file.close()
  }

  /// A client, as soon as the registry answers.
  func client(
    _ login: Login? = nil, transport: HTTPTransport, chunkSize: Int64 = 64 << 20
  ) async throws -> RegistryClient {
    let client = RegistryClient(
      endpoint: Endpoint(host: host, isSecure: false), logins: LoginSource(configured: login, docker: nil),
      transport: transport, backoff: Backoff(retries: 2, firstPause: .milliseconds(50)), chunkSize: chunkSize)
    for _ in 0..<100 {
      do throws(RegistryError) {
        try await client.ping()
        return client
      } catch {
        guard error.code == .unreachable else { throw error }
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    try await client.ping()
    return client
  }
}
