import Fleet
import Glibc
import Synchronization

/// A proxy command's process: one end of a socket pair is its standard input and output, the other is a
/// session's transport. It ends with the connection.
final class ProxyProcess: Sendable {
  private let pid: pid_t
  private let errors: Int32
  private let said = Mutex<[UInt8]>([])

  /// What is kept of its standard error, the end of it.
  private static let longestText = 4096

  /// Starts `command` with the user's shell, as ssh does.
  ///
  /// - Parameter descriptor: the command's end of the pair; closed here, whatever happens.
  init(_ command: String, descriptor: Int32) throws(SystemError) {
    defer { Glibc.close(descriptor) }
    var pipe: [Int32] = [-1, -1]
    // A pair of sockets, since a pipe cannot be made close-on-exec at once here.
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &pipe) == 0 else { throw SystemError(errno) }
    defer { Glibc.close(pipe[1]) }
    let shell = getenv("SHELL").map { String(cString: $0) } ?? ""
    let words = [shell.hasPrefix("/") ? shell : "/bin/sh", "-c", "exec \(command)"]
    do {
      pid = try Self.spawn(words, descriptor, errors: pipe[1])
    } catch {
      Glibc.close(pipe[0])
      throw error
    }
    errors = pipe[0]
    _ = fcntl(errors, F_SETFL, O_NONBLOCK)
  }

  private static func spawn(_ words: [String], _ descriptor: Int32, errors: Int32) throws(SystemError)
    -> pid_t
  {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // gantry ignores SIGPIPE and blocks signals in its threads; a command starts as from a shell. Its own
    // process group keeps it from a terminal's Ctrl-C, which is gantry's to act on.
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, descriptor, 0)
    posix_spawn_file_actions_adddup2(&actions, descriptor, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    // Unsafe: copies of the words, ended by nil, freed after the call.
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, environ)
    guard status == 0 else { throw SystemError(status) }
    return pid
  }

  deinit { Glibc.close(errors) }

  /// What it said on standard error so far, its end; fit for a message.
  func errorText() -> String {
    said.withLock { said in
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = read(errors, &buffer, buffer.count)
        guard count > 0 else { break }
        said = Array((said + buffer[..<count]).suffix(Self.longestText))
      }
      return MessageText.clean(said, limit: 300)
    }
  }

  /// Ends it, at once when it does not go by itself in a second.
  func stop() {
    let pid = pid
    BlockingWork.start {
      // Its process group, since a shell may have started others. It is not reaped before, so the number is its.
      kill(-pid, SIGTERM)
      for _ in 0..<50 {
        if waitpid(pid, nil, WNOHANG) != 0 { return }
        usleep(20_000)
      }
      kill(-pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
  }
}

extension Connection {
  /// Starts a proxy command and returns its standard input and output as a transport.
  func startProxy(_ command: String) throws(Failure) -> any Transport {
    var pair: [Int32] = [-1, -1]
    do throws(SystemError) {
      let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
      guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw SystemError(errno) }
      let process: ProxyProcess
      do throws(SystemError) {
        process = try ProxyProcess(command, descriptor: pair[1])
      } catch {
        Glibc.close(pair[0])
        throw error
      }
      // Ours alone is non-blocking: the flag belongs to one end of a pair.
      _ = fcntl(pair[0], F_SETFL, O_NONBLOCK)
      let transport = try SocketTransport(pair[0], loop: loop) { [weak self] in
        self?.assumeIsolated { connection in
          // A full pipe would hold the command up.
          _ = connection.proxy?.errorText()
          connection.wake()
        }
      }
      transport.onClose = { process.stop() }
      proxy = process
      return transport
    } catch {
      throw Failure(.connectFailed, "start the proxy command: \(error.text)")
    }
  }

  /// Adds what the proxy command said to a failure of the connection through it.
  func explainProxy(_ failure: Failure) -> Failure {
    guard let proxy, failure.code != .cancelled else { return failure }
    let text = proxy.errorText()
    guard !text.isEmpty else { return failure }
    // A command that says why it ended is no server that is too busy.
    let code = failure.code == .connectDropped ? FailureCode.connectFailed : failure.code
    return Failure(
      code, "\(failure.message); the proxy command said: \(text)",
      hint: failure.code == .connectDropped ? "run the ProxyCommand by hand" : failure.hint)
  }
}
