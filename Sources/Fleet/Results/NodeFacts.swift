/// What a node told about itself in the probe. A fact that the node could not tell is nil.
public struct NodeFacts: Sendable, Codable, Hashable {
  /// The runtime that images go to: `containerd` or `docker`.
  public var runtime: String?
  public var version: String?
  /// The runtime's socket.
  public var socket: String?
  /// Why this runtime, when there was a choice.
  public var runtimeReason: String?
  /// `containerd`, `docker-graph` or `docker-containerd`.
  public var imageStore: String?
  /// Every runtime that answered, as `name version socket`.
  public var runtimes: [String]?
  /// As in an image's platform: `amd64`, `arm64`, …
  public var arch: String?
  public var os: String?
  public var kernel: String?
  /// The user that commands ran as before any privilege was taken.
  public var user: String?
  /// `root`, `sudo`, `sudo-password`, or `none`.
  public var privilege: String?
  /// The folder that images go to.
  public var imageRoot: String?
  public var diskFreeBytes: Int64?
  public var diskTotalBytes: Int64?
  public var inodesFree: Int64?
  /// The node's clock minus this machine's, in seconds.
  public var clockOffsetSeconds: Double?

  public init() {}
}
