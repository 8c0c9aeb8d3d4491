import Fleet
import SSH
import Testing

/// Everything that talks to a real sshd; one test at a time, since several measure time or count descriptors.
@Suite(.serialized) struct LiveTests {
  static let loops = EventLoopGroup()

  static func client(_ server: TestServer, policy: HostKeyPolicy = .strict) throws -> SSHClient {
    SSHClient(
      loops: loops, options: SSHOptions(knownHostsFiles: [try server.knownHosts()], hostKeyPolicy: policy))
  }

  /// Logs in as root with an ed25519 key.
  static func remote(_ server: TestServer) async throws -> SSHRemote {
    let key = try server.makeKey("ed25519")
    return try await client(server).connect(to: server.target([.keyFile(path: key, passphrase: nil)]))
  }

  /// The failure that `body` ends with; fails the test when it does not.
  static func failure(
    _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Failure {
    do {
      try await body()
    } catch let failure as Failure {
      return failure
    }
    Issue.record("no failure came", sourceLocation: sourceLocation)
    throw Failure(FailureCode("none"), "no failure came")
  }
}

extension CommandLimits {
  /// Far more than any test takes.
  static let usual = CommandLimits(deadline: .seconds(120))
}

extension CommandOutput {
  var text: String { String(decoding: standardOutput, as: UTF8.self) }
  var errorText: String { String(decoding: standardError, as: UTF8.self) }
}

extension RemoteCommand {
  /// A shell's text.
  static func sh(_ text: String, asRoot: Bool = false) -> RemoteCommand { .shell(text, asRoot: asRoot) }
}
