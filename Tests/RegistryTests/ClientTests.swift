import Foundation
import Images
import Inventory
import NIOCore
import Synchronization
import Testing

@testable import Registry

/// The client against the reference implementation of the protocol.
@Suite struct ClientTests {
  private func withTransport(_ work: (HTTPTransport) async throws -> Void) async throws {
    let transport = try HTTPTransport(TransportOptions(connectTimeout: .seconds(5)))
    do {
      try await work(transport)
    } catch {
      await transport.close()
      throw error
    }
    await transport.close()
  }

  @Test(arguments: [0, 1, 1000, 1 << 20, 3_500_000])
  func uploadsWholeAndInChunks(size: Int) async throws {
    let registry = try LiveRegistry()
    try await withTransport { transport in
      let client = try await registry.client(transport: transport, chunkSize: 1 << 20)
      let content = UploadContent((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      #expect(try await !client.hasBlob("a/b", content.digest))
      let sent = Mutex(0)
      try await client.upload(content, to: "a/b") { count in sent.withLock { $0 += count } }
      #expect(sent.withLock { $0 } == size)
      #expect(try await client.hasBlob("a/b", content.digest))
      #expect(try await client.mount(content.digest, into: "c/d", from: "a/b"))
      #expect(try await client.hasBlob("c/d", content.digest))
    }
  }

  /// Whose answer is lost has not failed: what the registry has by now is not sent again.
  @Test func whatHasComeThereAllTheSameIsNotSentAgain() async throws {
    struct Interrupted: ByteSource {
      let arrive: @Sendable () async throws(RegistryError) -> Void

      func read(at offset: Int64, count: Int) async throws(RegistryError) -> ByteBuffer {
        try await arrive()
        throw RegistryError(.connectionLost, "the connection broke")
      }
    }
    let registry = try LiveRegistry()
    try await withTransport { transport in
      let client = try await registry.client(transport: transport)
      let content = UploadContent(Array(repeating: 7, count: 300_000))
      let interrupted = UploadContent(
        digest: content.digest, size: content.size,
        source: Interrupted { () async throws(RegistryError) in
          try await client.upload(content, to: "a/b") { _ in }
        })
      let sent = Mutex(0)
      try await client.upload(interrupted, to: "a/b") { count in sent.withLock { $0 += count } }
      #expect(sent.withLock { $0 } == 0)
    }
  }

  @Test func contentThatIsNotWhatItsDigestSaysIsRefused() async throws {
    let registry = try LiveRegistry()
    try await withTransport { transport in
      let client = try await registry.client(transport: transport)
      let wrong = UploadContent(digest: Digest(of: [1]), size: 3, source: MemorySource(bytes: [1, 2, 3]))
      let error = await #expect(throws: RegistryError.self) {
        try await client.upload(wrong, to: "a/b") { _ in }
      }
      #expect(error?.code == .digestMismatch)
      #expect(try await !client.hasBlob("a/b", wrong.digest))
    }
  }

  /// A manifest of an image without layers, and its media type.
  private static func manifest(of config: UploadContent) -> (type: String, bytes: [UInt8]) {
    let type = "application/vnd.docker.distribution.manifest.v2+json"
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(type)","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":\#(config.size),"digest":"\#(config.digest)"},"layers":[]}"#
    return (type, Array(text.utf8))
  }

  @Test func manifestsComeBackAsTheyWereSent() async throws {
    let registry = try LiveRegistry()
    try await withTransport { transport in
      let client = try await registry.client(transport: transport)
      let config = UploadContent(
        Array(#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8))
      try await client.upload(config, to: "a/b") { _ in }
      let (type, manifest) = Self.manifest(of: config)
      #expect(try await client.manifestDigest("a/b", "v1") == nil)
      try await client.putManifest("a/b", tag: "v1", bytes: manifest, mediaType: type)
      #expect(try await client.manifestDigest("a/b", "v1") == Digest(of: manifest))
      #expect(try await client.manifest("a/b", "v1")?.bytes == manifest)
      #expect(try await client.manifest("a/b", "v2") == nil)
    }
  }

  @Test func halfAManifestIsTold() async throws {
    let registry = try LiveRegistry()
    try await withTransport { transport in
      let client = try await registry.client(transport: transport)
      let config = UploadContent(Array("{}".utf8))
      try await client.upload(config, to: "a/b") { _ in }
      let (type, manifest) = Self.manifest(of: config)
      try await client.putManifest("a/b", tag: "v1", bytes: manifest, mediaType: type)
      try registry.damage(Digest(of: manifest))
      let error = await #expect(throws: RegistryError.self) {
        try await client.putManifest("a/b", tag: "v1", bytes: manifest, mediaType: type)
      }
      #expect(error?.code == .unavailable)
      #expect(error?.hint?.contains("half a manifest") == true)
    }
  }

  @Test func aPasswordIsAskedForAndAWrongOneRefused() async throws {
    let registry = try LiveRegistry(password: "right")
    try await withTransport { transport in
      let client = try await registry.client(
        Login(username: "admin", password: Secret("right")), transport: transport)
      let content = UploadContent([1, 2, 3])
      try await client.upload(content, to: "a/b") { _ in }
      #expect(try await client.hasBlob("a/b", content.digest))
      for login in [nil, Login(username: "admin", password: Secret("wrong-0123"))] {
        let error = await #expect(throws: RegistryError.self) {
          _ = try await registry.client(login, transport: transport)
        }
        #expect(error?.code == .authFailed)
        #expect("\(error?.message ?? "")\(error?.hint ?? "")".contains("wrong-0123") == false)
      }
    }
  }

  @Test func nobodyThereIsToldAtOnce() async throws {
    try await withTransport { transport in
      let client = RegistryClient(
        endpoint: Endpoint(host: "127.0.0.1:1", isSecure: true),
        logins: LoginSource(configured: nil, docker: nil),
        transport: transport)
      let error = await #expect(throws: RegistryError.self) { try await client.ping() }
      #expect(error?.code == .unreachable)
    }
  }

  @Test func plainHTTPIsToldFromTLS() async throws {
    let registry = try LiveRegistry()
    try await withTransport { transport in
      _ = try await registry.client(transport: transport)
      let client = RegistryClient(
        endpoint: Endpoint(host: registry.host, isSecure: true),
        logins: LoginSource(configured: nil, docker: nil),
        transport: transport)
      let error = await #expect(throws: RegistryError.self) { try await client.ping() }
      #expect(error?.code == .notTLS)
    }
  }
}
