/// One host on the way, as `ssh -J` and ssh_config(5) ProxyJump name it.
public struct JumpHop: Sendable, Hashable {
  public var user: String?
  public var host: String
  public var port: Int?

  /// Reads `[user@]host[:port]`, `[user@][address]:port` or `ssh://[user@]host[:port]`; nil for anything else.
  init?(_ text: some StringProtocol) {
    var rest = Substring(text)
    let isURI = rest.lowercased().hasPrefix("ssh://")
    if isURI {
      rest = rest.dropFirst("ssh://".count)
      if rest.hasSuffix("/") { rest = rest.dropLast() }
      if rest.contains("/") { return nil }
    }
    if let at = rest.lastIndex(of: "@") {
      let name = rest[..<at]
      guard !name.isEmpty else { return nil }
      user = isURI ? Self.decoded(name) : String(name)
      if user == nil { return nil }
      rest = rest[rest.index(after: at)...]
    }
    var number: Substring?
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = String(rest[..<end].dropFirst())
      let after = rest[end...].dropFirst()
      guard after.isEmpty || after.first == ":" else { return nil }
      number = after.isEmpty ? nil : after.dropFirst()
    } else if let colon = rest.firstIndex(of: ":") {
      host = String(rest[..<colon])
      number = rest[colon...].dropFirst()
    } else {
      host = String(rest)
    }
    guard !host.isEmpty else { return nil }
    if let number, !number.isEmpty {
      guard let value = ConfigNumber.port(number) else { return nil }
      port = value
    }
  }

  /// `%40` of a URI (RFC 3986, 2.1).
  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The hosts of a whole list, the first to be connected to first. Nil when one of them cannot be read.
  static func list(_ text: String) -> [JumpHop]? {
    var hops: [JumpHop] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let hop = JumpHop(part) else { return nil }
      hops.append(hop)
    }
    return hops
  }

  /// The part of a list that leads to one of its own hosts: what comes before it. A list that is said for all hosts is
  /// said for those on the way too, and nobody is reached through itself. Any other list stays as it is.
  public static func way(_ text: String, to host: String) -> String {
    guard let hops = list(text), let index = hops.firstIndex(where: { $0.host == host }) else { return text }
    return hops[..<index].map(\.description).joined(separator: ",")
  }

  /// A list without its comment; ProxyJump takes the rest of the line as it is.
  static func withoutComment(_ text: String) -> String {
    var text = text.prefix { $0 != "#" }
    while let last = text.last, last.isWhitespace { text = text.dropLast() }
    return String(text)
  }
}

extension JumpHop: CustomStringConvertible {
  /// `user@host:port`, as `ssh -J` takes it.
  public var description: String {
    let place = host.contains(":") ? "[\(host)]" : host
    return (user.map { $0 + "@" } ?? "") + place + (port.map { ":\($0)" } ?? "")
  }
}
