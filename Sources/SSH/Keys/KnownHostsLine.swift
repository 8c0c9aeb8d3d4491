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

  /// Whether the line is about `name`: a host's name in lower case, or "[name]:port".
  func matches(_ name: String) -> Bool {
    switch names {
    case .hashed(let salt, let hash):
      let code = HMAC<Insecure.SHA1>.authenticationCode(
        for: Array(name.utf8), using: SymmetricKey(data: salt))
      return Array(code) == hash
    case .patterns(let patterns):
      var found = false
      for pattern in patterns where Self.matches(Array(name.utf8)[...], Array(pattern.text.utf8)[...]) {
        if pattern.negated { return false }
        found = true
      }
      return found
    }
  }

  /// `*` stands for any number of characters, `?` for one; every other character for itself, brackets too.
  private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    var (name, pattern) = (name, pattern)
    // The last star and what was left of the name there: on a mismatch the star takes one character more.
    var retry: (name: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        retry = (name, pattern)
      } else if let character = name.first, let wanted = pattern.first,
        wanted == character || wanted == UInt8(ascii: "?")
      {
        name = name.dropFirst()
        pattern = pattern.dropFirst()
      } else if name.isEmpty, pattern.isEmpty {
        return true
      } else if let last = retry, !last.name.isEmpty {
        name = last.name.dropFirst()
        pattern = last.pattern
        retry = (name, pattern)
      } else {
        return false
      }
    }
  }
}
