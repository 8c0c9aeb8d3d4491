/// What a client configuration says about one host, every token replaced. What is nil, nobody said.
public struct ClientSettings: Sendable {
  /// What to do about a host key that is not known.
  public enum HostKeyChecking: String, Sendable, Hashable {
    case yes, acceptNew = "accept-new", no, ask
  }

  /// As it was asked for.
  public var originalHost: String
  /// What to connect to: HostName, or the host itself; in lower case unless it is an address.
  public var hostName: Setting<String>
  public var port: Setting<Int>?
  public var user: Setting<String>?
  /// IdentityFile, in order; empty when nobody named one. `none` is left out.
  public var identityFiles: [Setting<String>]
  /// Somebody said `IdentityFile none`: the usual files are not looked for.
  public var hasNoIdentityFile: Bool
  public var certificateFiles: [Setting<String>]
  public var identitiesOnly: Setting<Bool>?
  /// The agent's socket; nil inside for `none`.
  public var identityAgent: Setting<String?>?
  /// Empty inside for `none`.
  public var userKnownHostsFiles: Setting<[String]>?
  public var globalKnownHostsFiles: Setting<[String]>?
  public var hostKeyChecking: Setting<HostKeyChecking>?
  /// In lower case.
  public var hostKeyAlias: Setting<String>?
  public var hashKnownHosts: Setting<Bool>?
  /// The hosts on the way, the first one first; empty inside for `none`.
  public var jump: Setting<[JumpHop]>?
  /// A command for the shell; nil inside for `none`.
  public var proxyCommand: Setting<String?>?
  /// Seconds.
  public var connectTimeout: Setting<Int>?
  public var connectionAttempts: Setting<Int>?
  /// Seconds; 0 for never.
  public var serverAliveInterval: Setting<Int>?
  public var serverAliveCountMax: Setting<Int>?
  public var addressFamily: Setting<AddressFamily>?
  public var bindAddress: Setting<String>?
  public var ciphers: Setting<AlgorithmList>?
  public var macs: Setting<AlgorithmList>?
  public var kexAlgorithms: Setting<AlgorithmList>?
  public var hostKeyAlgorithms: Setting<AlgorithmList>?
  public var pubkeyAcceptedAlgorithms: Setting<AlgorithmList>?
  /// Nobody is to be asked anything.
  public var batchMode: Setting<Bool>?
  public var publicKeys: Setting<Bool>?
  public var passwords: Setting<Bool>?
  public var keyboardInteractive: Setting<Bool>?
  /// The methods that may be used, the most wanted first.
  public var preferredAuthentications: Setting<[String]>?
}
