import Crypto
import FoundationEssentials

/// One line of a known_hosts file: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
struct KnownHostsLine: Sendable {
  enum Marker: Sendable { case none, revoked, certAuthority }

  enum Names: Sendable {
    /// Patterns with `*` and `?`; a name that a `!` pattern matches is none of them.
    case patterns([(text: String, negated: Bool)])
    /// HMAC-SHA1 of the name, keyed with the salt: "|1|salt|hash".
    case hashed(salt: [UInt8], hash: [UInt8])
  }

  let marker: Marker
  let names: Names
  let key: PublicKey
  /// Where it stands, for messages: "/root/.ssh/known_hosts:12".
  let location: String

  /// Returns nil for an empty line, a comment, and what cannot be read, which ssh skips too.
  init?(_ line: Substring, location: String) {
    var fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })[...]
    guard let first = fields.first, !first.hasPrefix("#") else { return nil }
    switch first {
    case "@revoked": marker = .revoked
    case "@cert-authority": marker = .certAuthority
    case let word where word.hasPrefix("@"): return nil
    default: marker = .none
    }
    if marker != .none { fields = fields.dropFirst() }
    let words = Array(fields.prefix(3))
    guard words.count == 3, let names = Self.names(words[0]),
      let data = Data(base64Encoded: String(words[2])), let key = PublicKey(blob: Array(data)),
      key.type == words[1]
    else { return nil }
    self.names = names
    self.key = key
    self.location = location
  }

  private static func names(_ field: Substring) -> Names? {
    if field.hasPrefix("|") {
      let parts = field.split(separator: "|", omittingEmptySubsequences: false)
      guard parts.count == 4, parts[1] == "1", let salt = Data(base64Encoded: String(parts[2])),
        let hash = Data(base64Encoded: String(parts[3])), hash.count == Insecure.SHA1.byteCount
      else { return nil }
      return .hashed(salt: Array(salt), hash: Array(hash))
    }
    let patterns = field.split(separator: ",").map { pattern in
      let negated = pattern.hasPrefix("!")
      return (text: (negated ? pattern.dropFirst() : pattern).lowercased(), negated: negated)
    }
    return patterns.isEmpty ? nil : .patterns(patterns)
  }

  /// A line for a new key.
  ///
  /// - Parameter hashed: with a name that only somebody who knows it can find, under a salt of its own.
  static func text(_ name: String, _ key: PublicKey, hashed: Bool) -> String {
    guard hashed else { return "\(name) \(key.type) \(key.base64)" }
    let salt = SymmetricKey(size: SymmetricKeySize(bitCount: Insecure.SHA1.byteCount * 8))
    let code = HMAC<Insecure.SHA1>.authenticationCode(for: Array(name.utf8), using: salt)
    let saltText = salt.withUnsafeBytes { Data($0) }.base64EncodedString()
    return "|1|\(saltText)|\(Data(code).base64EncodedString()) \(key.type) \(key.base64)"
  }

  /// Whether a line that is none here was meant to be one: neither empty nor a comment.
  static func isMeant(_ line: Substring) -> Bool {
    let text = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
    return !text.isEmpty && !text.hasPrefix("#")
  }

  /// The name that the line consists of is there alone, and as it is, not as a pattern among others.
  func isOnlyAbout(_ name: String) -> Bool {
    switch names {
    case .hashed: matches(name)
    case .patterns(let patterns): patterns.count == 1 && patterns[0].text == name && !patterns[0].negated
    }
  }

  /// The line without one of its names; nil when that is not there by itself.
  func text(without name: String) -> String? {
    guard case .patterns(let patterns) = names else { return nil }
    let others = patterns.filter { $0.negated || $0.text != name }
    // A pattern may still take the name in.
    guard others.count < patterns.count, others.contains(where: { !$0.negated }),
      !others.contains(where: { !$0.negated && ConfigPattern.matches(name, $0.text) })
    else { return nil }
    let list = others.map { ($0.negated ? "!" : "") + $0.text }.joined(separator: ",")
    return "\(list) \(key.type) \(key.base64)"
  }

  /// Whether the line is about `name`: a host's name in lower case, or "[name]:port".
  func matches(_ name: String) -> Bool {
    switch names {
    case .hashed(let salt, let hash):
      let code = HMAC<Insecure.SHA1>.authenticationCode(
        for: Array(name.utf8), using: SymmetricKey(data: salt))
      return Array(code) == hash
    case .patterns(let patterns):
      var found = false
      for pattern in patterns where ConfigPattern.matches(name, pattern.text) {
        if pattern.negated { return false }
        found = true
      }
      return found
    }
  }
}
