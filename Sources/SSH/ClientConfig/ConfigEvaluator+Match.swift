extension ConfigEvaluator {
  /// Whether the conditions of a `Match` line hold; ssh_config(5), Match.
  mutating func matches(_ text: ArraySlice<UInt8>, _ place: Place) throws(ClientConfigError) -> Bool {
    func fail(_ text: String, _ code: ClientConfigError.Code = .syntax, hint: String? = nil)
      -> ClientConfigError
    {
      ClientConfigError(code, "match: \(text)", at: place.origin, hint: hint)
    }
    var rest: ArraySlice<UInt8>? = text
    var result = true
    var count = 0
    while let word = ConfigWords.takeKeyword(&rest), let first = word.first, first != UInt8(ascii: "#") {
      let isNegated = first == UInt8(ascii: "!")
      let attribute = String(decoding: isNegated ? word.dropFirst() : word, as: UTF8.self).lowercased()
      if attribute == "all" {
        let next = ConfigWords.takeKeyword(&rest)
        if count > 1 || next.map({ !$0.isEmpty && $0.first != UInt8(ascii: "#") }) ?? false {
          throw fail("all cannot be combined with other conditions")
        }
        return result && !isNegated && !place.isParseOnly
      }
      count += 1
      if attribute == "canonical" || attribute == "final" {
        if attribute == "final" { wantsFinal = true }
        if isFinal == isNegated { result = false }
        continue
      }
      guard let bytes = ConfigWords.takeKeyword(&rest), let start = bytes.first, start != UInt8(ascii: "#")
      else { throw fail("\(attribute) needs an argument") }
      let argument = String(decoding: bytes, as: UTF8.self)
      let holds: Bool
      switch attribute {
      case "host": holds = ConfigPattern.listMatches(currentHost, argument, ignoringCase: true)
      case "originalhost": holds = ConfigPattern.listMatches(originalHost, argument, ignoringCase: true)
      case "user": holds = ConfigPattern.listMatches(currentUser, argument)
      case "localuser": holds = ConfigPattern.listMatches(surroundings.user, argument)
      case "tagged": holds = ConfigPattern.listMatches(self.first(.tag)?.words.first ?? "", argument)
      case "exec":
        // A command whose answer cannot matter is not run.
        holds = result && !place.isParseOnly ? try run(argument, place) : !isNegated
      case "localnetwork", "version", "sessiontype", "command":
        throw fail(
          "gantry does not know the condition \(attribute)", .unsupported,
          hint:
            "use host, originalhost, user, localuser, tagged, exec, canonical, final or all, or another file"
            + " with --ssh-config")
      default:
        throw fail("ssh has no condition \(attribute)")
      }
      if holds == isNegated { result = false }
    }
    guard count > 0 else { throw fail("no condition") }
    return result && !place.isParseOnly
  }

  /// What `Match host` compares: HostName when an earlier line has set it.
  private var currentHost: String {
    guard let name = first(.hostName)?.words.first else { return originalHost }
    if isFinal { return name }
    return (try? tokens(host: originalHost).expand(name, ConfigTokens.hostName)) ?? name
  }

  private var currentUser: String { first(.user)?.words.first ?? surroundings.user }

  private func tokens(host: String) -> ConfigTokens {
    ConfigTokens(
      surroundings, host: host, original: originalHost,
      port: first(.port)?.words.first.flatMap { Int($0) } ?? 22, user: currentUser,
      alias: first(.hostKeyAlias)?.words.first ?? host)
  }

  private func run(_ argument: String, _ place: Place) throws(ClientConfigError) -> Bool {
    let command: String
    do {
      command = try tokens(host: currentHost).expand(argument, ConfigTokens.most)
    } catch {
      throw ClientConfigError(.syntax, "match: exec \(error.text)", at: place.origin)
    }
    for name in [currentHost, originalHost, currentUser] where command.contains(name) {
      guard ConfigTokens.isHarmless(name) else {
        throw ClientConfigError(
          .command, "match: '\(name)' has characters that do not belong into a shell's command",
          at: place.origin,
          hint: "a host or user name has no quotes, blanks, $ or the like")
      }
    }
    switch runCommand(command) {
    case .ended(let success): return success
    case .timedOut:
      throw ClientConfigError(
        .command, "match: the command did not end in time: \(command)", at: place.origin,
        hint: "it is asked before anything is connected and must be quick")
    case .notStarted(let reason):
      throw ClientConfigError(.command, "match: \(reason): \(command)", at: place.origin)
    }
  }
}
