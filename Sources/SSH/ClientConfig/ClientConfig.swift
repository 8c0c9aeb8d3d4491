import Glibc
import Synchronization

/// A client configuration as OpenSSH reads it: ssh_config(5). It changes nothing and connects to nobody; the only thing
/// that it may start is the command of a `Match exec`.
public final class ClientConfig: Sendable {
  /// Which files are read.
  public enum Source: Sendable, Hashable {
    /// `~/.ssh/config`, then `/etc/ssh/ssh_config`; either may be missing.
    case usual
    /// This file in place of both, as `ssh -F`; it has to be there.
    case file(String)
    /// None.
    case none
  }

  private let source: Source
  private let surroundings: ConfigSurroundings
  private let commandDeadline: Duration
  private let files: ConfigFiles
  /// What the commands of `Match exec` said: asked once, not once for each node.
  private let answers = Mutex<[String: MatchCommand.Outcome]>([:])

  /// - Parameter commandDeadline: for one command of a `Match exec`.
  public init(
    _ source: Source, surroundings: ConfigSurroundings, commandDeadline: Duration = .seconds(10)
  ) {
    self.source = source
    self.surroundings = surroundings
    self.commandDeadline = commandDeadline
    files = ConfigFiles(uid: surroundings.uid)
  }

  /// What the configuration says about a host.
  ///
  /// - Parameters:
  ///   - host: as it would be given to `ssh`.
  ///   - options: what counts before any file, in order, as `ssh -o` does.
  /// - Throws: the first mistake in the files or options, with its place, also in a block about other hosts.
  public func settings(
    for host: String, options: [ConfigOption] = []
  ) async throws(ClientConfigError) -> ClientSettings {
    // Files and commands may block, which a thread of the cooperative pool must not.
    try await BlockingWork.run { [self] in
      Result { () throws(ClientConfigError) in try read(host, options) }
    }.get()
  }

  /// As ``settings(for:options:)``, on the calling thread.
  func read(_ host: String, _ options: [ConfigOption]) throws(ClientConfigError) -> ClientSettings {
    let (evaluator, hostName) = try evaluate(host, options)
    return try SettingsReader(evaluator, hostName: hostName).settings()
  }

  /// The lines that count, before their tokens are replaced, and what to connect to.
  func evaluate(
    _ host: String, _ options: [ConfigOption]
  ) throws(ClientConfigError) -> (ConfigEvaluator, Setting<String>) {
    var evaluator = ConfigEvaluator(
      host: host, surroundings: surroundings, files: files, runCommand: { self.answer($0) })
    for option in options {
      let place = ConfigEvaluator.Place(
        origin: option.origin, isUser: true, isStrict: false, isOption: true)
      var active = true
      let line = try option.line()
      try evaluator.apply(line, place, &active)
    }
    try readFiles(&evaluator)
    let name = try hostName(evaluator)
    if let canonicalize = evaluator.first(.canonicalizeHostname), canonicalize.words.first != "no" {
      guard Self.isAddress(name.value) else {
        throw ClientConfigError(
          .unsupported, "canonicalizehostname: gantry does not complete host names", at: canonicalize.origin,
          hint: "write whole names in the inventory, and CanonicalizeHostname no for them")
      }
      evaluator.wantsFinal = true
    }
    if evaluator.wantsFinal {
      evaluator.isFinal = true
      evaluator.host = name.value
      evaluator.values[.hostName] = [
        ConfigEvaluator.Entry(words: [name.value], origin: name.origin, isUser: true)
      ]
      try readFiles(&evaluator)
    }
    return (evaluator, name)
  }

  private func readFiles(_ evaluator: inout ConfigEvaluator) throws(ClientConfigError) {
    func place(_ path: String, isUser: Bool, isStrict: Bool) -> ConfigEvaluator.Place {
      ConfigEvaluator.Place(origin: .file(path, line: 0), isUser: isUser, isStrict: isStrict)
    }
    switch source {
    case .none: return
    case .file(let path):
      guard try evaluator.read(path, place(path, isUser: true, isStrict: false)) else {
        throw ClientConfigError(.unreadable, "\(path): no such file")
      }
    case .usual:
      let (user, system) = (surroundings.userFile, surroundings.systemFile)
      _ = try evaluator.read(user, place(user, isUser: true, isStrict: true))
      _ = try evaluator.read(system, place(system, isUser: false, isStrict: false))
    }
  }

  /// The host to connect to after a first pass.
  private func hostName(_ evaluator: ConfigEvaluator) throws(ClientConfigError) -> Setting<String> {
    var name = Setting<String>(evaluator.originalHost, .standard)
    if let entry = evaluator.first(.hostName), let word = entry.words.first {
      let tokens = ConfigTokens(
        surroundings, host: evaluator.originalHost, original: evaluator.originalHost, port: 22, user: "",
        alias: nil)
      do {
        name = Setting(try tokens.expand(word, ConfigTokens.hostName), entry.origin)
      } catch {
        throw ClientConfigError(.syntax, "hostname \(error.text)", at: entry.origin)
      }
    }
    return Self.isAddress(name.value) ? name : name.map { $0.lowercased() }
  }

  private static func isAddress(_ text: String) -> Bool {
    if case .success = Address.lookUp(host: text, port: 22, numericOnly: true) { return true }
    return false
  }

  private func answer(_ command: String) -> MatchCommand.Outcome {
    if let outcome = answers.withLock({ $0[command] }) { return outcome }
    let outcome = MatchCommand.run(
      command, environment: surroundings.environment, deadline: commandDeadline)
    answers.withLock { $0[command] = outcome }
    return outcome
  }
}
