import Fleet
import Inventory

/// Where to log in, as whom and how.
///
/// What is nil here is as the client's ``SSHOptions`` say.
public struct SSHTarget: Sendable, Hashable {
  /// The node's name in the inventory; for messages of the caller only.
  public var name: String
  /// A host name or a numeric address, without brackets.
  public var host: String
  public var port: UInt16
  public var user: String
  /// The name under which known_hosts has the node's key, as ssh_config(5) HostKeyAlias; nil for `host` with
  /// `port`.
  public var hostKeyAlias: String?
  /// The known_hosts files for this host's key (UserKnownHostsFile and GlobalKnownHostsFile).
  public var knownHostsFiles: [String]?
  public var hostKeyPolicy: HostKeyPolicy?
  /// The connection ends before the host key is judged and anybody logs in.
  var stopsAtHostKey = false
  /// Keys that are written do not tell the host's name (HashKnownHosts).
  public var hashKnownHosts = false
  /// Tried in this order, each once.
  public var authentication: [AuthMethod]
  /// How this node's commands become root.
  public var privilege: Privilege
  /// The hosts to go through, the first one first (ProxyJump). Each is a whole target, with its own user,
  /// keys and known_hosts; the hops of a hop are not looked at. Empty for a direct connection.
  public var hops: [SSHTarget]
  /// A command line for the user's shell, every token replaced, whose standard input and output lead to the host
  /// (ProxyCommand); nil for TCP. It counts for nothing where there are hops; the first of them may have one.
  public var proxyCommand: String?
  public var algorithms: AlgorithmPreferences
  /// For the name lookup and the TCP connection together (ConnectTimeout).
  public var connectTimeout: Duration?
  /// How often a connection is tried, a second apart, before it counts as failed (ConnectionAttempts).
  public var connectionAttempts: Int
  /// Whether a silent server is asked if it is still there (ServerAliveInterval); nil for never.
  public var keepAlive: KeepAlive?
  /// The address of this machine to connect from (BindAddress).
  public var bindAddress: String?
  public var addressFamily: AddressFamily

  public init(
    name: String, host: String, port: UInt16 = 22, user: String, hostKeyAlias: String? = nil,
    knownHostsFiles: [String]? = nil, hostKeyPolicy: HostKeyPolicy? = nil, authentication: [AuthMethod],
    privilege: Privilege = .automatic, hops: [SSHTarget] = [], proxyCommand: String? = nil,
    algorithms: AlgorithmPreferences = AlgorithmPreferences(), connectTimeout: Duration? = nil,
    connectionAttempts: Int = 1, keepAlive: KeepAlive? = nil, bindAddress: String? = nil,
    addressFamily: AddressFamily = .any
  ) {
    self.name = name
    self.host = host
    self.port = port
    self.user = user
    self.hostKeyAlias = hostKeyAlias
    self.knownHostsFiles = knownHostsFiles
    self.hostKeyPolicy = hostKeyPolicy
    self.authentication = authentication
    self.privilege = privilege
    self.hops = hops
    self.proxyCommand = proxyCommand
    self.algorithms = algorithms
    self.connectTimeout = connectTimeout
    self.connectionAttempts = connectionAttempts
    self.keepAlive = keepAlive
    self.bindAddress = bindAddress
    self.addressFamily = addressFamily
  }
}

/// Which algorithms a session offers, the most wanted first, by their names in RFC 4253 and its successors;
/// nil for gantry's own list.
public struct AlgorithmPreferences: Sendable, Hashable {
  /// KexAlgorithms.
  public var keyExchanges: [String]?
  /// HostKeyAlgorithms.
  public var hostKeys: [String]?
  /// Ciphers, for both directions.
  public var ciphers: [String]?
  /// MACs, for both directions.
  public var macs: [String]?

  public init(
    keyExchanges: [String]? = nil, hostKeys: [String]? = nil, ciphers: [String]? = nil, macs: [String]? = nil
  ) {
    self.keyExchanges = keyExchanges
    self.hostKeys = hostKeys
    self.ciphers = ciphers
    self.macs = macs
  }
}

/// Asks a silent server for a sign of life (ssh_config(5), ServerAliveInterval and ServerAliveCountMax).
public struct KeepAlive: Sendable, Hashable {
  /// How long the server may be silent before it is asked.
  public var interval: Duration
  /// After so many questions without any answer the connection counts as lost.
  public var count: Int

  public init(interval: Duration, count: Int = 3) {
    self.interval = interval
    self.count = count
  }
}

/// Which addresses of a name are connected to (ssh_config(5), AddressFamily).
public enum AddressFamily: Sendable, Hashable {
  case any, inet, inet6
}
