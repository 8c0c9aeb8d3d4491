/// The name of a kind of failure, as scripts and retry decisions read it.
///
/// The set is open: a module adds its own codes as static members. A code is lower case words joined by hyphens and,
/// once released, never changes its meaning.
public struct FailureCode: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ rawValue: String) { self.rawValue = rawValue }

  public init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  public var description: String { rawValue }
}

// Reaching a node.
extension FailureCode {
  /// The name has no address.
  public static let resolveFailed = FailureCode("resolve-failed")
  public static let connectRefused = FailureCode("connect-refused")
  public static let connectTimeout = FailureCode("connect-timeout")
  /// No route, network down, or another socket error while connecting.
  public static let connectFailed = FailureCode("connect-failed")
  /// The server closed the connection before it said who it is, as sshd does above MaxStartups.
  public static let connectDropped = FailureCode("connect-dropped")
  /// Key exchange and authentication took too long.
  public static let loginTimeout = FailureCode("login-timeout")
  /// The other side does not speak SSH, or the key exchange failed.
  public static let handshakeFailed = FailureCode("handshake-failed")
  /// Both sides speak SSH, but share no algorithm, or only weak ones.
  public static let noCommonAlgorithm = FailureCode("no-common-algorithm")
  /// A connection that was up broke before the command's result was known.
  public static let connectionLost = FailureCode("connection-lost")
  /// The server opens no further channel on this connection (sshd_config(5), MaxSessions); what runs there goes on.
  public static let channelRefused = FailureCode("channel-refused")
  public static let hostKeyUnknown = FailureCode("host-key-unknown")
  public static let hostKeyChanged = FailureCode("host-key-changed")
  public static let hostKeyRevoked = FailureCode("host-key-revoked")
  public static let authFailed = FailureCode("auth-failed")
  /// A private key could not be read, or its form is not supported.
  public static let keyUnusable = FailureCode("key-unusable")
}

// Running commands.
extension FailureCode {
  /// sudo wants a password and none is configured.
  public static let sudoPasswordNeeded = FailureCode("sudo-password-needed")
  public static let sudoPasswordWrong = FailureCode("sudo-password-wrong")
  /// sudo wants a terminal (`requiretty`), and none could be made.
  public static let sudoTerminalNeeded = FailureCode("sudo-terminal-needed")
  /// The user may not become root at all.
  public static let sudoDenied = FailureCode("sudo-denied")
  /// A remote command ended with a status other than 0.
  public static let remoteExit = FailureCode("remote-exit")
  /// A remote command was ended by a signal.
  public static let remoteSignal = FailureCode("remote-signal")
  /// A remote command did not end within its deadline.
  public static let commandTimeout = FailureCode("command-timeout")
  /// Neither direction moved a byte for the stall timeout.
  public static let stalled = FailureCode("stalled")
  /// A remote answer could not be understood.
  public static let badAnswer = FailureCode("bad-answer")
  public static let cancelled = FailureCode("cancelled")
  /// Another run is changing the node.
  public static let nodeLocked = FailureCode("node-locked")
  /// The node has no place for the lock.
  public static let lockFailed = FailureCode("lock-failed")
}

// Container runtimes and images on a node.
extension FailureCode {
  public static let noRuntime = FailureCode("no-runtime")
  /// A runtime is installed, but its daemon does not answer.
  public static let runtimeDown = FailureCode("runtime-down")
  public static let diskFull = FailureCode("disk-full")
  public static let inodesExhausted = FailureCode("inodes-exhausted")
  public static let readOnlyFileSystem = FailureCode("read-only-file-system")
  /// The archive's images are for another architecture.
  public static let wrongArchitecture = FailureCode("wrong-architecture")
  /// The daemon refused the archive.
  public static let importRefused = FailureCode("import-refused")
  /// Asked afterwards, the daemon does not have every image as it should.
  public static let verifyFailed = FailureCode("verify-failed")
  /// Asked, the daemon lacks images or has others under their names.
  public static let imagesMissing = FailureCode("images-missing")
  /// The archive could not be read while it was being sent.
  public static let corruptBundle = FailureCode("corrupt-bundle")
}
