import Fleet
import Glibc

/// Adds lines to one known_hosts file, under its lock.
struct KnownHostsAppender {
  let path: String

  /// Appends `line`, unless `judge`, which gets what the file holds now, returns something other than
  /// `.unknown`.
  ///
  /// A missing file is made with mode 0600, its folder with 0700, as ssh makes them.
  func append(_ line: String, judge: ([UInt8]) -> KnownHosts.Verdict) throws(Failure) -> KnownHosts.Verdict {
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      // An existing folder is the usual case, and any other trouble shows in open.
      _ = mkdir(String(path[..<slash]), 0o700)
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open", errno) }
    // Closing also gives the lock back.
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw failure("lock", errno) }
    }
    let content = try read(descriptor)
    let verdict = judge(content)
    guard case .unknown = verdict else { return verdict }
    // A last line without its end would swallow the new one.
    let needsBreak = content.last.map { $0 != UInt8(ascii: "\n") } ?? false
    try write(descriptor, Array(((needsBreak ? "\n" : "") + line + "\n").utf8))
    return verdict
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
    Failure(.hostKeyUnknown, "\(verb) \(path) to keep the host key: \(SystemError(number).text)")
  }
}
