/// Where a registry is: host, port, and whether it speaks https.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  /// Host and port, as they stand in image references.
  public let host: String
  public let isSecure: Bool

  public init(host: String, isSecure: Bool) {
    self.host = host
    self.isSecure = isSecure
  }

  /// The address that requests go to. Docker Hub's API is at another name than its images.
  var base: String {
    (isSecure ? "https://" : "http://") + (host == "docker.io" ? "registry-1.docker.io" : host)
  }

  public var description: String { host }

  /// Whether the host may be asked in plain http when it does not speak https, without being told so: this machine,
  /// and private IPv4 addresses (RFC 1918), as charts-syncer and go-containerregistry have it.
  static func mayBePlain(_ host: String) -> Bool {
    if host.hasPrefix("[::1]") { return true }
    let name = host.prefix { $0 != ":" }
    if name == "localhost" || name.hasSuffix(".local") || name.hasSuffix(".localhost") { return true }
    let numbers = name.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 4, numbers.allSatisfy({ (0...255).contains($0 ?? -1) }) else { return false }
    switch (numbers[0], numbers[1]) {
    case (127, _), (10, _), (192, 168): return true
    case (172, let second?): return (16...31).contains(second)
    default: return false
    }
  }
}
