import Glibc

/// A program in the background, with no signal blocked: Foundation's Process hands on the mask of the thread
/// that starts it, and Swift's own threads block them all, so that sshd would not even end on SIGTERM.
final class Child: @unchecked Sendable {
  // Unchecked: the process number is set once; `status` is touched by the owner alone.
  let pid: pid_t
  private var ended = false

  /// - Parameter log: the file for both outputs.
  init(_ words: [String], input: String = "/dev/null", log: String) throws {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, environ)
    guard status == 0 else { throw Tool.Failed(description: "start \(words[0]): errno \(status)") }
    self.pid = pid
  }

  deinit { stop(SIGKILL) }

  var isRunning: Bool {
    if !ended, waitpid(pid, nil, WNOHANG) == pid { ended = true }
    return !ended
  }

  /// Waits for the end and returns the status of waitpid(2), 0 for success.
  func wait() -> Int32 {
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    ended = true
    return status
  }

  /// Sends the signal and waits for the end.
  func stop(_ signal: Int32 = SIGTERM) {
    guard isRunning else { return }
    kill(pid, signal)
    waitpid(pid, nil, 0)
    ended = true
  }
}
