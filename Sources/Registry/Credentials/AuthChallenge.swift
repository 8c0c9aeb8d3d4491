/// What a server says that it wants in `WWW-Authenticate` (RFC 9110 section 11.6.1; Docker Registry v2 "Token
/// Authentication Specification").
enum AuthChallenge: Sendable, Equatable {
  case basic
  /// A token from `realm`, for the service of that name.
  case bearer(realm: String, service: String?, scope: String?)

  /// The first challenge that can be met; a token is preferred to the password. nil where there is none.
  init?(_ headers: [String]) {
    let challenges = headers.flatMap(Self.parse)
    if let token = challenges.first(where: { $0.scheme == "bearer" && $0.values["realm"] != nil }) {
      self = .bearer(
        realm: token.values["realm"] ?? "", service: token.values["service"], scope: token.values["scope"])
    } else if challenges.contains(where: { $0.scheme == "basic" }) {
      self = .basic
    } else {
      return nil
    }
  }

  /// The challenges of one header: `SCHEME key="value", key=value, SCHEME …`.
  private static func parse(_ header: String) -> [(scheme: String, values: [String: String])] {
    var result: [(scheme: String, values: [String: String])] = []
    var text = header[...]
    func skip() { text = text.drop { $0 == " " || $0 == "\t" || $0 == "," } }
    func word() -> String {
      let word = text.prefix { $0 != " " && $0 != "=" && $0 != "," && $0 != "\t" }
      text = text.dropFirst(word.count)
      return String(word)
    }
    skip()
    while !text.isEmpty {
      let name = word()
      let rest = text.drop { $0 == " " }
      if name.isEmpty {
        text = text.dropFirst()
      } else if rest.first == "=" {
        text = rest.dropFirst().drop { $0 == " " }
        let value = text.first == "\"" ? quoted(&text) : word()
        if !result.isEmpty { result[result.count - 1].values[name.lowercased()] = value }
      } else {
        result.append((name.lowercased(), [:]))
      }
      skip()
    }
    return result
  }

  private static func quoted(_ text: inout Substring) -> String {
    var result = ""
    text = text.dropFirst()
    while let character = text.popFirst(), character != "\"" {
      if character == "\\", let escaped = text.popFirst() {
        result.append(escaped)
      } else {
        result.append(character)
      }
    }
    return result
  }
}
