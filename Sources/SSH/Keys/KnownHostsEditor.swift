import Fleet
import Glibc

/// Changes one known_hosts file, under its lock.
struct KnownHostsEditor {
  let path: String

  /// How long another process may hold the lock; nobody does so for longer than a write takes.
  private static let patience: Duration = .seconds(10)

  /// Appends `line`, unless `judge`, which gets what the file holds now, returns something other than
  /// `.unknown`.
  ///
  /// A missing file is made with mode 0600, its folder with 0700, as ssh makes them.
  func append(_ line: String, judge: ([UInt8]) -> KnownHosts.Verdict) throws(Failure) -> KnownHosts.Verdict {
    let descriptor = try openLocked()
    // Closing also gives the lock back.
    defer { close(descriptor) }
    let content = try read(descriptor)
    let verdict = judge(content)
    guard case .unknown = verdict else { return verdict }
    // A last line without its end would swallow the new one.
    let needsBreak = content.last.map { $0 != UInt8(ascii: "\n") } ?? false
    try write(descriptor, Array(((needsBreak ? "\n" : "") + line + "\n").utf8))
    return verdict
  }

  /// Writes the file anew as `change` makes it of what it holds now: all of it is there or the old one is.
  ///
  /// A link stays a link, and the mode stays what it was.
  func rewrite(_ change: ([UInt8]) throws(Failure) -> [UInt8]) throws(Failure) {
    let descriptor = try openLocked()
    defer { close(descriptor) }
    let content = try change(try read(descriptor))
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("look at", errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { return }
    // Unsafe: realpath allocates the text, which is copied and freed here.
    let resolved = realpath(path, nil)
    defer { free(resolved) }
    let target = resolved.map { String(cString: $0) } ?? path
    let temporary = "\(target).gantry-\(getpid())"
    let new = open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, status.st_mode & 0o777)
    guard new >= 0 else { throw failure("write beside", errno) }
    do throws(Failure) {
      defer { close(new) }
      try write(new, content)
      guard fsync(new) == 0 else { throw failure("write", errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, target) == 0 else {
      let number = errno
      unlink(temporary)
      throw failure("replace", number)
    }
  }

  /// Opens the file and takes its lock; from any thread, and it may block.
  private func openLocked() throws(Failure) -> Int32 {
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      // An existing folder is the usual case, and any other trouble shows in open.
      _ = mkdir(String(path[..<slash]), 0o700)
    }
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw failure("open", errno) }
      let end = ContinuousClock.now + Self.patience
      while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let number = errno
        guard number == EINTR || number == EWOULDBLOCK, ContinuousClock.now < end else {
          close(descriptor)
          throw failure("lock", number)
        }
        usleep(20_000)
      }
      // Whoever had the lock before may have put another file in this one's place.
      var (mine, named) = (stat(), stat())
      if fstat(descriptor, &mine) == 0, stat(path, &named) == 0, mine.st_ino == named.st_ino,
        mine.st_dev == named.st_dev
      {
        return descriptor
      }
      close(descriptor)
    }
  }

  private func read(_ descriptor: Int32) throws(Failure) -> [UInt8] {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count > 0 {
        content.append(contentsOf: buffer[..<count])
      } else if count == 0 {
        return content
      } else if errno != EINTR {
        throw failure("read", errno)
      }
    }
  }

  private func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count < 0, errno != EINTR {
        throw failure("write", errno)
      }
    }
  }

  private func failure(_ verb: String, _ number: Int32) -> Failure {
    Failure(
      .hostKeyUnknown, "\(verb) \(path) to keep the host key: \(SystemError(number).text)",
      hint: "name another file with --known-hosts")
  }
}
