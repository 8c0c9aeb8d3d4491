import Documents
import Foundation

/// Takes secrets out of values, manifests and messages before anybody sees them.
///
/// A value is a secret by its key's name, by its place (the data of a Kubernetes Secret), or by its form (the password
/// of a URL); and what was once found to be one is taken out of every other text too.
public struct SecretMask: Sendable {
  public static let mask = "***"
  /// Texts that are secrets wherever they appear, the longest first.
  private let known: [String]

  /// - Parameter trees: values whose secrets are to be taken out of other texts too.
  public init(secretsOf trees: [Value] = []) {
    var found: Set<String> = []
    for tree in trees { Self.collect(tree, isSecret: false, into: &found) }
    // Shorter ones are parts of ordinary words.
    known = found.filter { $0.utf8.count >= 5 }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  // MARK: Trees

  /// `value` without its secrets.
  ///
  /// - Parameter other: the same tree as it was before, or will be. Where a secret differs from it, the mask says so by
  ///   `word`, so that a comparison shows it.
  func masked(_ value: Value, other: Value? = nil, word: String = "") -> Value {
    masked(value, other, word, isSecret: false)
  }

  private func masked(_ value: Value, _ other: Value?, _ word: String, isSecret: Bool) -> Value {
    switch value {
    case .object(let members):
      let isSecretObject = value["kind"]?.text == "Secret" && value["apiVersion"] != nil
      let named = value["name"]?.text.map(Self.isSecretKey) ?? false
      return .object(
        members.map { member in
          let secret =
            isSecret || Self.isSecretKey(member.key) || (named && member.key == "value")
            || (isSecretObject && (member.key == "data" || member.key == "stringData"))
          return Value.Member(
            member.key, masked(member.value, other?.child(.key(member.key)), word, isSecret: secret))
        })
    case .array(let items):
      return .array(
        items.enumerated().map { index, item in
          masked(item, other?.child(.index(index)), word, isSecret: isSecret)
        })
    case .string(let text):
      if isSecret { return text.isEmpty ? value : hidden(value, other, word) }
      let new = masked(text)
      guard new == text || other == nil || other == value else {
        // The same text with another secret in it must not look the same.
        if let before = other?.text, masked(before) == new { return .string("\(new) (\(word))") }
        return .string(new)
      }
      return .string(new)
    case .int, .double: return isSecret ? hidden(value, other, word) : value
    case .null, .bool, .vault: return value
    }
  }

  private func hidden(_ value: Value, _ other: Value?, _ word: String) -> Value {
    .string(other == nil || other == value || word.isEmpty ? Self.mask : "\(Self.mask) (\(word))")
  }

  /// Whether a key of that name holds a secret: `password`, `MYSQL_ROOT_PASSWORD`, `apiKey`, `masterAuthToken`, …; not
  /// `secretName`, which only says where one is.
  static func isSecretKey(_ key: String) -> Bool {
    let plain = key.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "." }
    for ending in [
      "name", "names", "ref", "refs", "path", "file", "enabled", "pullsecret", "pullsecrets", "keyref",
    ]
    where plain.hasSuffix(ending) { return false }
    if plain == "existingsecret" { return false }
    return secretWords.contains { plain.contains($0) }
  }

  private static let secretWords = [
    "password", "passwd", "passphrase", "passwort", "secret", "token", "apikey", "accesskey", "privatekey",
    "credential", "dockerconfigjson", "sshkey",
  ]

  // MARK: Texts

  /// `text` without passwords of URLs and data source names, without values that are assigned to a secret's name, and
  /// without the secrets that are known.
  public func masked(_ text: String) -> String {
    var result = text
    for secret in known where result.contains(secret) { result = result.replacing(secret, with: Self.mask) }
    return Self.maskedByForm(result)
  }

  private static func maskedByForm(_ text: String) -> String {
    if text.contains("PRIVATE KEY-----") { return mask }
    var result = text
    if result.contains("@") {
      if result.contains("://") {
        // RFC 3986, section 3.2.1: user and password before the last @ of what has no blank.
        result = result.replacing(#/(://[^\s/@:'"]*):([^\s'"]+)@/#) { "\($0.1):\(mask)@" }
      }
      if result.contains("(") {
        result = result.replacing(#/([^\s:@/'"]+):([^\s@'"]+)@([a-z]+\()/#) { "\($0.1):\(mask)@\($0.3)" }
      }
    }
    let lower = result.lowercased()
    if lower.contains("bearer ") || lower.contains("basic ") {
      result = result.replacing(#/(?i)\b(bearer|basic)(\s+)[A-Za-z0-9+\/._~=-]{8,}/#) {
        "\($0.1)\($0.2)\(mask)"
      }
    }
    guard ["pass", "pwd", "secret", "token", "key", "credential"].contains(where: { lower.contains($0) })
    else {
      return result
    }
    return result.replacing(
      #/(?i)([a-z0-9_.-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)["']?[ \t]*[=:][ \t]*["']?)([^\s"'&,;]+)/#
    ) { match in
      // A sentence ("secret: not found") keeps its words; what is masked already stays.
      match.2 == mask ? String(match.0) : "\(match.1)\(mask)"
    }
  }

  // MARK: What is a secret in a tree

  private static func collect(_ value: Value, isSecret: Bool, into found: inout Set<String>) {
    switch value {
    case .object(let members):
      for member in members {
        collect(member.value, isSecret: isSecret || isSecretKey(member.key), into: &found)
      }
    case .array(let items):
      for item in items { collect(item, isSecret: isSecret, into: &found) }
    case .string(let text):
      if isSecret { found.insert(text) }
      for match in text.matches(of: #/://[^\s/@:]*:([^\s]+)@/#) {
        found.insert(String(match.1))
        if let decoded = String(match.1).removingPercentEncoding { found.insert(decoded) }
      }
    case .int(let number): if isSecret { found.insert(String(number)) }
    case .null, .bool, .double, .vault: break
    }
  }
}
