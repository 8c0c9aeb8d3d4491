/// Goes through the lines of a configuration for one host and keeps what it says: the first value of each keyword,
/// ssh_config(5).
struct ConfigEvaluator {
  /// One line that counted.
  struct Entry: Sendable, Equatable {
    var words: [String]
    let origin: SettingOrigin
    /// Of the user's configuration and not the system's.
    let isUser: Bool
  }

  /// Where a line stands, and what that allows.
  struct Place {
    var origin: SettingOrigin
    var isUser: Bool
    var isStrict: Bool
    /// An included file of a block that does not match: only its syntax is read.
    var isParseOnly = false
    var depth = 0
    /// An option of a command line.
    var isOption = false
  }

  let surroundings: ConfigSurroundings
  let files: ConfigFiles
  /// Runs the command of a `Match exec`.
  let runCommand: (String) -> MatchCommand.Outcome
  /// As it was asked for.
  let originalHost: String
  /// As it is looked for in `Host` lines: another in the final pass.
  var host: String
  var isFinal = false
  var wantsFinal = false
  var values: [ConfigKeyword: [Entry]] = [:]

  /// READCONF_MAX_DEPTH, SSH_MAX_IDENTITY_FILES and SSH_MAX_HOSTS_FILES of OpenSSH.
  private static let deepestInclude = 16
  private static let mostRepeated = 100
  private static let mostFiles = 32

  init(
    host: String, surroundings: ConfigSurroundings, files: ConfigFiles,
    runCommand: @escaping (String) -> MatchCommand.Outcome
  ) {
    originalHost = host
    self.host = host
    self.surroundings = surroundings
    self.files = files
    self.runCommand = runCommand
  }

  func first(_ keyword: ConfigKeyword) -> Entry? { values[keyword]?.first }

  /// Reads a whole file. Returns false when there is none.
  mutating func read(_ path: String, _ place: Place, active: Bool = true) throws(ClientConfigError) -> Bool {
    guard place.depth <= Self.deepestInclude else {
      throw ClientConfigError(
        .syntax, "includes are nested more than \(Self.deepestInclude) deep", at: place.origin,
        hint: "a file that includes itself?")
    }
    let lines: [ConfigLine]
    switch files.load(path, strict: place.isStrict) {
    case .lines(let read): lines = read
    case .missing: return false
    case .unreadable(let reason):
      // A system file that cannot be read is as good as none, as for ssh; one that is named is not.
      if place.depth == 0, !place.isUser { return false }
      throw ClientConfigError(
        .unreadable, "\(path): \(reason)", at: place.depth > 0 ? place.origin : nil,
        hint: "check the file's permissions")
    case .badPermissions:
      throw ClientConfigError(
        .permissions, "\(path): bad owner or permissions", at: place.depth > 0 ? place.origin : nil,
        hint: "the file must be yours or root's, and writable by its owner alone: chmod go-w \(path)")
    }
    var active = active
    for line in lines {
      var place = place
      place.origin = .file(path, line: line.number)
      try apply(line, place, &active)
    }
    return true
  }

  /// Takes in one line; `active` says whether the block that it stands in matches the host.
  mutating func apply(_ line: ConfigLine, _ place: Place, _ active: inout Bool) throws(ClientConfigError) {
    func fail(_ text: String, _ code: ClientConfigError.Code = .syntax, hint: String? = nil)
      -> ClientConfigError
    {
      ClientConfigError(code, text, at: place.origin, hint: hint)
    }
    guard !line.text.isEmpty else { throw fail("no argument after \(line.keyword)") }
    let isBlock = ["host", "match", "include"].contains(line.keyword)
    let keyword = isBlock ? nil : ConfigKeyword(name: line.keyword)
    guard isBlock || keyword != nil || ConfigKeyword.unread.contains(line.keyword) else {
      if let ignored = first(.ignoreUnknown)?.words.first,
        ConfigPattern.listMatches(line.keyword, ignored, ignoringCase: true)
      {
        return
      }
      throw fail(
        "ssh has no keyword \(line.keyword)", .unknownKeyword,
        hint: "correct it, or name it in an IgnoreUnknown line before this one")
    }
    guard let words = line.arguments else { throw fail("a quote is not closed") }
    if isBlock, place.isOption { throw fail("\(line.keyword) cannot be given as an option") }
    switch line.keyword {
    case "host": active = try matchesHost(words, place)
    case "match": active = try matches(line.text, place)
    case "include": try include(words, place, active)
    default:
      guard let keyword else { return }
      let words = try Self.checked(keyword, line, words, surroundings) { fail("\(line.keyword): \($0)") }
      if active, let words { store(keyword, Entry(words: words, origin: place.origin, isUser: place.isUser)) }
    }
  }

  // MARK: Values

  private mutating func store(_ keyword: ConfigKeyword, _ entry: Entry) {
    switch keyword.shape {
    case .repeated:
      let list = values[keyword] ?? []
      let isThere = list.contains { $0.words == entry.words && $0.isUser == entry.isUser }
      if !isThere, list.count < Self.mostRepeated { values[keyword] = list + [entry] }
    case .command, .jump:
      // Whichever of the two comes first, ProxyCommand or ProxyJump, rules the other out; but a jump of `none` rules
      // out no command.
      let jump = first(.proxyJump)?.words.first?.lowercased()
      let isRuledOut = keyword == .proxyCommand ? (jump ?? "none") != "none" : jump != nil
      if values[.proxyCommand] == nil, !isRuledOut { values[keyword] = [entry] }
    default:
      if values[keyword] == nil { values[keyword] = [entry] }
    }
  }

  /// The value of a line when it is well formed, also in a block that does not match; nil when it says nothing.
  private static func checked(
    _ keyword: ConfigKeyword, _ line: ConfigLine, _ words: [String], _ surroundings: ConfigSurroundings,
    _ fail: (String) -> ClientConfigError
  ) throws(ClientConfigError) -> [String]? {
    switch keyword.shape {
    case .command, .jump:
      let text = String(
        decoding: line.text.drop { ConfigWords.isBlank($0) || $0 == UInt8(ascii: "=") }, as: UTF8.self)
      if case .command = keyword.shape { return [text] }
      let list = JumpHop.withoutComment(text)
      if list.lowercased() == "none" { return ["none"] }
      guard JumpHop.list(list) != nil else { throw fail("'\(list)' is no list of hosts to jump through") }
      return [list]
    case .files:
      guard words.allSatisfy({ !$0.isEmpty }), words.count <= mostFiles else { throw fail("bad file names") }
      let hasNone = words.contains { $0.lowercased() == "none" }
      if hasNone, words.count > 1 { throw fail("none must stand alone") }
      return words
    default:
      break
    }
    guard let word = words.first, !word.isEmpty else { throw fail("missing argument") }
    if words.count > 1 { throw fail("extra arguments at the end of the line") }
    switch keyword.shape {
    case .port:
      guard let port = ConfigNumber.port(word) else { throw fail("bad port '\(word)'") }
      return [String(port)]
    case .number:
      guard let number = ConfigNumber.whole(word) else { throw fail("'\(word)' is no whole number") }
      return [String(number)]
    case .time:
      if word == "none" { return nil }
      guard let seconds = ConfigNumber.seconds(word) else { throw fail("'\(word)' is no time") }
      return [String(seconds)]
    case .choice(let choices):
      guard let choice = choices[word.lowercased()] else { throw fail("'\(word)' is no choice here") }
      return [choice]
    case .algorithms:
      guard AlgorithmList(word) != nil else { throw fail("'\(word)' is no list of algorithms") }
      return [word]
    case .agent:
      let tokens = ConfigTokens(
        surroundings, host: "", original: "", port: 22, user: "", alias: nil)
      do {
        _ = try tokens.expand(word.replacing("%", with: "%%"), "%", environment: true)
      } catch {
        throw fail(error.text)
      }
      return [word]
    default:
      return [word]
    }
  }

  // MARK: Blocks

  private func matchesHost(_ patterns: [String], _ place: Place) throws(ClientConfigError) -> Bool {
    var found = false
    for pattern in patterns {
      guard !pattern.isEmpty else {
        throw ClientConfigError(.syntax, "host: empty pattern", at: place.origin)
      }
      if place.isParseOnly { return false }
      let isNegated = pattern.hasPrefix("!")
      if ConfigPattern.matches(host, isNegated ? String(pattern.dropFirst()) : pattern) {
        if isNegated { return false }
        found = true
      }
    }
    return found
  }

  private mutating func include(
    _ patterns: [String], _ place: Place, _ active: Bool
  ) throws(ClientConfigError) {
    for pattern in patterns {
      guard !pattern.isEmpty else {
        throw ClientConfigError(.syntax, "include: empty name", at: place.origin)
      }
      if pattern.hasPrefix("~"), !place.isUser {
        throw ClientConfigError(
          .syntax, "include: a system file cannot include '\(pattern)', which is a user's", at: place.origin)
      }
      var path = pattern
      if pattern.hasPrefix("~/") {
        path = surroundings.home + pattern.dropFirst()
      } else if !pattern.hasPrefix("/"), !pattern.hasPrefix("~") {
        path = (place.isUser ? surroundings.home + "/.ssh/" : surroundings.systemFolder + "/") + pattern
      }
      guard let found = ConfigFiles.glob(path) else {
        throw ClientConfigError(.unreadable, "include: cannot look for '\(pattern)'", at: place.origin)
      }
      for file in found {
        var inner = place
        inner.isStrict = true
        inner.isParseOnly = !active
        inner.depth += 1
        // A Match in there does not reach past its end.
        _ = try read(file, inner, active: active)
      }
    }
  }
}
