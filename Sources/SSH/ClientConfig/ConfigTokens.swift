import Crypto

/// The tokens of ssh_config(5), TOKENS, `${NAME}` of ENVIRONMENT VARIABLES, and `~`.
struct ConfigTokens {
  /// Why a text has no value; for messages.
  struct Problem: Error, Equatable {
    let text: String
  }

  private let values: [UInt8: String]
  private let surroundings: ConfigSurroundings

  /// - Parameters:
  ///   - host: the host to connect to; `%h`.
  ///   - original: as it was asked for; `%n`.
  ///   - alias: the name of its host key; `%k`.
  ///   - jump: the hosts on the way, as written; `%j`.
  init(
    _ surroundings: ConfigSurroundings, host: String, original: String, port: Int, user: String,
    alias: String?,
    jump: String = ""
  ) {
    self.surroundings = surroundings
    let machine = surroundings.machine
    let hash = Insecure.SHA1.hash(data: Array("\(machine)\(host)\(port)\(user)\(jump)".utf8))
    values = [
      UInt8(ascii: "%"): "%", UInt8(ascii: "d"): surroundings.home, UInt8(ascii: "h"): host,
      UInt8(ascii: "i"): String(surroundings.uid), UInt8(ascii: "j"): jump,
      UInt8(ascii: "k"): alias ?? original, UInt8(ascii: "l"): machine,
      UInt8(ascii: "L"): String(machine.prefix { $0 != "." }), UInt8(ascii: "n"): original,
      UInt8(ascii: "p"): String(port), UInt8(ascii: "r"): user, UInt8(ascii: "u"): surroundings.user,
      UInt8(ascii: "C"): hash.map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined(),
    ]
  }

  /// The tokens of most settings.
  static let most = "%CdhijklLnpru"
  /// Those of `ProxyCommand` and `ProxyJump`.
  static let proxy = "%hknpr"
  /// Those of `HostName`.
  static let hostName = "%h"

  /// - Parameters:
  ///   - allowed: the tokens that this setting knows.
  ///   - environment: whether it knows `${NAME}`.
  func expand(_ text: String, _ allowed: String, environment: Bool = false) throws(Problem) -> String {
    let allowed = Array(allowed.utf8)
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let key = rest.popFirst() else { throw Problem(text: "ends in a lone %") }
        guard allowed.contains(key), let value = values[key] else {
          throw Problem(text: "has no token %\(Character(Unicode.Scalar(key)))")
        }
        result += value.utf8
      } else if environment, byte == UInt8(ascii: "$"), rest.first == UInt8(ascii: "{") {
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
          throw Problem(text: "has a ${ without its }")
        }
        let name = String(decoding: rest[rest.startIndex..<end].dropFirst(), as: UTF8.self)
        guard let value = surroundings.environment[name] else {
          throw Problem(text: "names the environment variable \(name), which is not set")
        }
        result += value.utf8
        rest = rest[end...].dropFirst()
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A file's path: `~` and `~user` first, then tokens and the environment.
  func expandPath(_ text: String) throws(Problem) -> String {
    try expand(try Self.tilde(text, surroundings), Self.most, environment: true)
  }

  static func tilde(_ text: String, _ surroundings: ConfigSurroundings) throws(Problem) -> String {
    guard text.hasPrefix("~") else { return text }
    let name = text.dropFirst().prefix { $0 != "/" }
    let rest = text.dropFirst(1 + name.count)
    guard !name.isEmpty else { return surroundings.home + rest }
    guard let home = ConfigSurroundings.home(of: String(name)) else {
      throw Problem(text: "names the user \(name), who does not exist here")
    }
    return home + rest
  }

  /// Whether a host or user name may stand in a command for the shell. Names come from inventories too, and those may
  /// come from anywhere; OpenSSH 9.6 began to refuse the same characters.
  static func isHarmless(_ name: String) -> Bool {
    !name.hasPrefix("-")
      && !name.unicodeScalars.contains { scalar in
        "'`\"$\\;&<>|(){}\n\r\t ".unicodeScalars.contains(scalar) || scalar.value < 32
          || scalar.value == 127
      }
  }
}
