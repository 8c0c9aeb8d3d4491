/// How servers are reached.
public struct TransportOptions: Sendable {
  /// A PEM file with certificates of authorities that are trusted besides the system's.
  public var caFile: String?
  /// Take any certificate, and plain http where https is not spoken.
  public var insecure: Bool
  /// Where the proxies come from: `http_proxy`, `https_proxy`, `no_proxy`, in either case.
  public var environment: [String: String]
  /// For a connection.
  public var connectTimeout: Duration
  /// For an answer once a request is sent, and for a byte to move while it is being sent.
  public var stallTimeout: Duration

  public init(
    caFile: String? = nil, insecure: Bool = false, environment: [String: String] = [:],
    connectTimeout: Duration = .seconds(10), stallTimeout: Duration = .seconds(120)
  ) {
    self.caFile = caFile
    self.insecure = insecure
    self.environment = environment
    self.connectTimeout = connectTimeout
    self.stallTimeout = stallTimeout
  }
}
