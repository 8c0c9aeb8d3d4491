/// Turns what the lines said into settings: tokens, paths, and what gantry cannot do.
struct SettingsReader {
  private let evaluator: ConfigEvaluator
  private let surroundings: ConfigSurroundings
  private let tokens: ConfigTokens
  private let hostName: Setting<String>

  private static let unsupported: [(ConfigKeyword, harmless: String, hint: String)] = [
    (.bindInterface, "none", "give the interface's address as BindAddress"),
    (.proxyUseFdpass, "no", "use a ProxyCommand that carries the bytes, such as nc, or ProxyJump"),
    (
      .revokedHostKeys, "none",
      "mark revoked keys in known_hosts with @revoked, or leave the line out for this with --ssh-config"
    ),
  ]

  /// - Parameter hostName: what to connect to, as the passes over the files found it.
  init(_ evaluator: ConfigEvaluator, hostName: Setting<String>) throws(ClientConfigError) {
    self.evaluator = evaluator
    self.hostName = hostName
    surroundings = evaluator.surroundings
    let jump = evaluator.first(.proxyJump)?.words.first ?? ""
    tokens = ConfigTokens(
      evaluator.surroundings, host: hostName.value, original: evaluator.originalHost,
      port: evaluator.first(.port)?.words.first.flatMap { Int($0) } ?? 22,
      user: evaluator.first(.user)?.words.first ?? evaluator.surroundings.user,
      alias: evaluator.first(.hostKeyAlias)?.words.first?.lowercased(),
      jump: jump.lowercased() == "none" ? "" : jump)
    for (keyword, harmless, hint) in Self.unsupported {
      guard let entry = evaluator.first(keyword), entry.words.first?.lowercased() != harmless else {
        continue
      }
      throw ClientConfigError(
        .unsupported, "gantry does not know \(keyword.rawValue)", at: entry.origin, hint: hint)
    }
  }

  func settings() throws(ClientConfigError) -> ClientSettings {
    let files = evaluator.values[.identityFile] ?? []
    let command = try proxyCommand()
    return ClientSettings(
      originalHost: evaluator.originalHost,
      hostName: hostName,
      port: number(.port),
      user: try user(),
      identityFiles: try paths(.identityFile),
      hasNoIdentityFile: !files.isEmpty && files.allSatisfy { $0.words.first?.lowercased() == "none" },
      certificateFiles: try paths(.certificateFile),
      identitiesOnly: flag(.identitiesOnly),
      identityAgent: try identityAgent(),
      userKnownHostsFiles: try fileList(.userKnownHostsFile),
      globalKnownHostsFiles: try fileList(.globalKnownHostsFile),
      hostKeyChecking: text(.strictHostKeyChecking).flatMap { text in
        ClientSettings.HostKeyChecking(rawValue: text.value).map { Setting($0, text.origin) }
      },
      hostKeyAlias: text(.hostKeyAlias)?.map { $0.lowercased() },
      hashKnownHosts: flag(.hashKnownHosts),
      jump: try jump(),
      proxyCommand: command,
      connectTimeout: number(.connectTimeout),
      connectionAttempts: try connectionAttempts(),
      serverAliveInterval: number(.serverAliveInterval),
      serverAliveCountMax: number(.serverAliveCountMax),
      addressFamily: text(.addressFamily)?.map { $0 == "inet" ? .inet : $0 == "inet6" ? .inet6 : .any },
      bindAddress: text(.bindAddress),
      ciphers: algorithms(.ciphers),
      macs: algorithms(.macs),
      kexAlgorithms: algorithms(.kexAlgorithms),
      hostKeyAlgorithms: algorithms(.hostKeyAlgorithms),
      pubkeyAcceptedAlgorithms: algorithms(.pubkeyAcceptedAlgorithms),
      batchMode: flag(.batchMode),
      publicKeys: flag(.pubkeyAuthentication),
      passwords: flag(.passwordAuthentication),
      keyboardInteractive: flag(.kbdInteractiveAuthentication),
      preferredAuthentications: text(.preferredAuthentications)?.map { text in
        text.split(separator: ",").map(String.init)
      })
  }

  // MARK: Plain values

  private func text(_ keyword: ConfigKeyword) -> Setting<String>? {
    evaluator.first(keyword).flatMap { entry in entry.words.first.map { Setting($0, entry.origin) } }
  }

  private func flag(_ keyword: ConfigKeyword) -> Setting<Bool>? { text(keyword)?.map { $0 == "yes" } }

  private func number(_ keyword: ConfigKeyword) -> Setting<Int>? {
    text(keyword).flatMap { text in Int(text.value).map { Setting($0, text.origin) } }
  }

  private func algorithms(_ keyword: ConfigKeyword) -> Setting<AlgorithmList>? {
    text(keyword).flatMap { text in AlgorithmList(text.value).map { Setting($0, text.origin) } }
  }

  private func connectionAttempts() throws(ClientConfigError) -> Setting<Int>? {
    let attempts = number(.connectionAttempts)
    if let attempts, attempts.value < 1 {
      throw ClientConfigError(.syntax, "connectionattempts must be 1 or more", at: attempts.origin)
    }
    return attempts
  }

  private func user() throws(ClientConfigError) -> Setting<String>? {
    guard let user = text(.user) else { return nil }
    if user.value.contains("%") || user.value.contains("${") {
      throw ClientConfigError(
        .unsupported, "user: gantry does not replace tokens in a user's name", at: user.origin,
        hint: "write the name itself")
    }
    return user
  }

  // MARK: Tokens and paths

  private func expand(
    _ keyword: ConfigKeyword, _ origin: SettingOrigin, _ body: () throws(ConfigTokens.Problem) -> String
  ) throws(ClientConfigError) -> String {
    do {
      return try body()
    } catch {
      throw ClientConfigError(.syntax, "\(keyword.rawValue) \(error.text)", at: origin)
    }
  }

  private func paths(_ keyword: ConfigKeyword) throws(ClientConfigError) -> [Setting<String>] {
    var paths: [Setting<String>] = []
    for entry in evaluator.values[keyword] ?? [] {
      guard let word = entry.words.first, word.lowercased() != "none" else { continue }
      let path = try expand(keyword, entry.origin) { () throws(ConfigTokens.Problem) in
        try tokens.expandPath(word)
      }
      paths.append(Setting(path, entry.origin))
    }
    return paths
  }

  private func fileList(_ keyword: ConfigKeyword) throws(ClientConfigError) -> Setting<[String]>? {
    guard let entry = evaluator.first(keyword) else { return nil }
    var files: [String] = []
    for word in entry.words where word.lowercased() != "none" {
      files.append(
        try expand(keyword, entry.origin) { () throws(ConfigTokens.Problem) in
          // The system's files know neither tokens nor a home.
          keyword == .globalKnownHostsFile ? word : try tokens.expandPath(word)
        })
    }
    return Setting(files, entry.origin)
  }

  private func identityAgent() throws(ClientConfigError) -> Setting<String?>? {
    guard let agent = text(.identityAgent) else { return nil }
    let value = agent.value
    if value.lowercased() == "none" { return Setting(nil, agent.origin) }
    if value == "SSH_AUTH_SOCK" {
      return Setting(surroundings.environment["SSH_AUTH_SOCK"], agent.origin)
    }
    if value.hasPrefix("$"), !value.hasPrefix("${") {
      return Setting(surroundings.environment[String(value.dropFirst())], agent.origin)
    }
    let path = try expand(.identityAgent, agent.origin) { () throws(ConfigTokens.Problem) in
      try tokens.expandPath(value)
    }
    return Setting(path, agent.origin)
  }

  // MARK: The way

  private func proxyCommand() throws(ClientConfigError) -> Setting<String?>? {
    guard let command = text(.proxyCommand) else { return nil }
    if command.value.lowercased() == "none" || command.value.isEmpty { return Setting(nil, command.origin) }
    let names = [hostName.value, evaluator.originalHost, evaluator.first(.user)?.words.first ?? ""]
    let expanded = try expand(.proxyCommand, command.origin) { () throws(ConfigTokens.Problem) in
      try tokens.expand(command.value, ConfigTokens.proxy)
    }
    for name in names where !name.isEmpty && !ConfigTokens.isHarmless(name) {
      throw ClientConfigError(
        .command, "proxycommand: '\(name)' has characters that do not belong into a shell's command",
        at: command.origin, hint: "a host or user name has no quotes, blanks, $ or the like")
    }
    return Setting(expanded, command.origin)
  }

  private func jump() throws(ClientConfigError) -> Setting<[JumpHop]>? {
    guard let jump = text(.proxyJump) else { return nil }
    if jump.value.lowercased() == "none" { return Setting([], jump.origin) }
    let expanded = try expand(.proxyJump, jump.origin) { () throws(ConfigTokens.Problem) in
      try tokens.expand(jump.value, ConfigTokens.proxy)
    }
    guard let hops = JumpHop.list(expanded) else {
      throw ClientConfigError(
        .syntax, "proxyjump: '\(expanded)' is no list of hosts to jump through", at: jump.origin)
    }
    return Setting(hops, jump.origin)
  }
}
