import Glibc
import Synchronization

/// The files of a configuration, each read once however many hosts ask.
final class ConfigFiles: Sendable {
  /// The largest file that is read, in bytes. Nobody writes so much by hand.
  static let sizeLimit = 4 << 20

  enum Content: Sendable {
    case lines([ConfigLine])
    case missing
    case unreadable(String)
    case badPermissions
  }

  private let known = Mutex<[String: Content]>([:])
  private let uid: UInt32

  init(uid: UInt32) { self.uid = uid }

  /// The lines of a file. May block.
  ///
  /// - Parameter strict: also refuse a file that somebody else owns or may write to, as ssh does with the user's own.
  func load(_ path: String, strict: Bool) -> Content {
    let key = (strict ? "s" : "-") + path
    if let content = known.withLock({ $0[key] }) { return content }
    let content = read(path, strict: strict)
    known.withLock { $0[key] = content }
    return content
  }

  private func read(_ path: String, strict: Bool) -> Content {
    // A pipe without a writer would block for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return errno == ENOENT ? .missing : .unreadable(SystemError(errno).text) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .unreadable(SystemError(errno).text) }
    if status.st_mode & S_IFMT == S_IFDIR { return .unreadable(SystemError(EISDIR).text) }
    if strict, status.st_uid != 0 && status.st_uid != uid || Self.othersMayWrite(status) {
      return .badPermissions
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= Self.sizeLimit {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count > 0 {
        bytes.append(contentsOf: buffer[..<count])
      } else if count == 0 {
        return .lines(ConfigLine.lines(of: bytes))
      } else if errno != EINTR {
        return .unreadable(SystemError(errno).text)
      }
    }
    return .unreadable("larger than \(Self.sizeLimit >> 20) MiB")
  }

  /// A group that consists of the owner alone is nobody else (Debian gives each user one, and lets it write).
  private static func othersMayWrite(_ status: stat) -> Bool {
    if status.st_mode & 0o002 != 0 { return true }
    guard status.st_mode & 0o020 != 0 else { return false }
    // Unsafe: both functions fill the buffer that the records' texts point into, and it outlives their use.
    var (user, group) = (passwd(), Glibc.group())
    var userFound: UnsafeMutablePointer<passwd>?
    var groupFound: UnsafeMutablePointer<Glibc.group>?
    var buffers = [CChar](repeating: 0, count: 32 << 10)
    let half = buffers.count / 2
    return buffers.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress,
        getpwuid_r(status.st_uid, &user, start, half, &userFound) == 0, userFound != nil,
        getgrgid_r(status.st_gid, &group, start + half, half, &groupFound) == 0, groupFound != nil,
        let userName = user.pw_name, let groupName = group.gr_name, user.pw_gid == group.gr_gid,
        String(cString: userName) == String(cString: groupName)
      else { return true }
      return group.gr_mem?.pointee != nil
    }
  }

  /// The files that a pattern names, in alphabetical order; glob(7) with `~`.
  static func glob(_ pattern: String) -> [String]? {
    var found = glob_t()
    defer { globfree(&found) }
    switch Glibc.glob(pattern, GLOB_TILDE, nil, &found) {
    case 0:
      // Unsafe: gl_pathc texts, owned by the structure until globfree, copied here.
      return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    case GLOB_NOMATCH: return []
    default: return nil
    }
  }
}
