import Glibc

/// The command of a `Match exec`: ssh_config(5) asks the user's shell, and only its exit status counts.
enum MatchCommand {
  enum Outcome: Sendable, Equatable {
    case ended(success: Bool)
    case timedOut
    case notStarted(String)
  }

  /// Runs a command to its end. Blocks, at most for `deadline`; after that the command and its children are killed.
  ///
  /// Its standard streams are closed off: nothing of it mixes with a result or a question. It does not get the variables
  /// that may hold gantry's own secrets.
  static func run(_ text: String, environment: [String: String], deadline: Duration) -> Outcome {
    let shell = environment["SHELL"].flatMap { $0.isEmpty ? nil : $0 } ?? "/bin/sh"
    guard access(shell, X_OK) == 0 else { return .notStarted("the shell \(shell) cannot be executed") }
    let pid: pid_t
    switch spawn([shell, "-c", text], environment.filter { !$0.key.hasPrefix("GANTRY_") }) {
    case .success(let number): pid = number
    case .failure(let error): return .notStarted(error.text)
    }
    let end = ContinuousClock.now + deadline
    var pause: UInt32 = 1000
    var status: Int32 = 0
    while true {
      let ended = waitpid(pid, &status, WNOHANG)
      if ended == pid { return .ended(success: status == 0) }
      if ended < 0, errno != EINTR { return .notStarted(SystemError(errno).text) }
      if ContinuousClock.now >= end { break }
      usleep(pause)
      pause = min(pause * 2, 50_000)
    }
    kill(-pid, SIGKILL)
    kill(pid, SIGKILL)
    waitpid(pid, &status, 0)
    return .timedOut
  }

  private static func spawn(
    _ words: [String], _ environment: [String: String]
  ) -> Result<pid_t, SystemError> {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    // A group of its own, so that the end of the deadline reaches its children too.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // Unsafe: copies that live until posix_spawn has returned, freed below.
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
    return status == 0 ? .success(pid) : .failure(SystemError(status))
  }
}
