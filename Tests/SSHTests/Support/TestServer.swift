import Foundation
import Glibc
import Inventory
import SSH
import Synchronization

/// A private sshd on a free port of 127.0.0.1, with its own keys in a folder of its own, for the time of one
/// test.
///
/// It needs root, as logging in by sshd does. When it cannot start, the test that wanted it fails.
final class TestServer: @unchecked Sendable {
  // Unchecked: everything is set before the server is handed out; the process is only ended after that.

  let folder: String
  let port: UInt16
  private let process: Child

  /// The user that ``init(users:_:)`` makes, who may use sudo with this password.
  static let user = "gantry-test"
  static let password = "corr3ct h0rse 'q\\uote"

  /// - Parameters:
  ///   - hostKeys: the types of the host's keys.
  ///   - users: also have a user with a password, in a mount namespace of the server's own.
  ///   - sudoers: what sudoers says about that user.
  ///   - doas: how doas.conf permits it.
  ///   - extra: further lines of sshd_config.
  init(
    hostKeys: [String] = ["ed25519", "ecdsa", "rsa"], users: Bool = false,
    sudoers: String = "gantry-test ALL=(ALL) ALL", doas: String = "permit", _ extra: String...
  ) throws {
    guard getuid() == 0 else { throw Tool.Failed(description: "these tests start sshd and need root") }
    let folder = NSTemporaryDirectory() + "gantry-ssh-\(UUID().uuidString.prefix(8))"
    self.folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    chmod(folder, 0o755)
    mkdir("/run/sshd", 0o755)
    port = try Self.freePort()
    // sshd takes the first value of each option.
    var lines =
      extra + [
        "Port \(port)", "ListenAddress 127.0.0.1", "UsePAM no", "StrictModes no", "PidFile none",
        "PermitRootLogin yes", "AuthorizedKeysFile \(folder)/authorized_keys",
        "MaxSessions 64",
        "LogLevel ERROR",
        // bash reads the .bashrc of whoever runs the tests otherwise, which may do anything.
        "SetEnv HOME=\(folder)",
      ]
    // Of this one, sshd takes the last.
    if !extra.contains(where: { $0.hasPrefix("MaxStartups") }) { lines.append("MaxStartups 300") }
    for type in hostKeys {
      let path = "\(folder)/host_\(type)"
      try Self.hostKeys.get(type).write(to: path)
      lines.append("HostKey \(path)")
    }
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: "\(folder)/config", atomically: true, encoding: .utf8)
    _ = FileManager.default.createFile(atPath: "\(folder)/authorized_keys", contents: nil)

    var words = ["/usr/sbin/sshd", "-D", "-e", "-f", "\(folder)/config"]
    if users {
      try Self.writeUsers(folder, sudoers: sudoers, doas: doas)
      // Over the machine's own, for this server's processes alone.
      let script = "mount -t overlay overlay -o lowerdir=\(folder)/etc:/etc /etc && exec \"$@\""
      words = ["/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c", script, "x"] + words
    }
    process = try Child(words, log: "\(folder)/log")
    try waitForBanner()
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Ends sshd's listener; connections that stand have processes of their own.
  func stop() {
    process.stop()
  }

  var pid: pid_t { process.pid }

  /// What sshd said.
  var log: String { (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "" }

  /// The host keys of all servers, each made once, since an RSA key takes a while.
  private static let hostKeys = HostKeys()

  // MARK: Clients' side

  /// Makes a key that may log in, and returns the path of its file.
  func makeKey(_ type: String, bits: Int? = nil, passphrase: String = "", format: String? = nil) throws
    -> String
  {
    let path = "\(folder)/key_\(UUID().uuidString.prefix(8))"
    try Tool.run(
      "/usr/bin/ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", path, "-C", "test \(type)",
      "-m", format ?? "RFC4716", "-b", String(bits ?? (type == "rsa" ? 2048 : 256)))
    let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
    let file = FileHandle(forWritingAtPath: "\(folder)/authorized_keys")
    try file?.seekToEnd()
    file?.write(Data(line.utf8))
    // The public part is never needed.
    try FileManager.default.removeItem(atPath: path + ".pub")
    return path
  }

  /// The public key line of a host key: type and base64.
  func hostKey(_ type: String) throws -> String {
    let line = try String(contentsOfFile: "\(folder)/host_\(type).pub", encoding: .utf8)
    return line.split(separator: " ").prefix(2).joined(separator: " ")
  }

  /// Writes a known_hosts file and returns its path.
  func writeKnownHosts(_ lines: [String]) throws -> String {
    let path = "\(folder)/known_\(UUID().uuidString.prefix(8))"
    try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// A known_hosts file with all keys of this server.
  func knownHosts() throws -> String {
    let types = ["ed25519", "ecdsa", "rsa"].filter {
      FileManager.default.fileExists(atPath: "\(folder)/host_\($0)")
    }
    return try writeKnownHosts(types.map { "[127.0.0.1]:\(port) \(try hostKey($0))" })
  }

  func target(_ methods: [AuthMethod], user: String = "root") -> SSHTarget {
    SSHTarget(name: "node1", host: "127.0.0.1", port: port, user: user, authentication: methods)
  }

  // MARK: Preparations

  /// A port that was free a moment ago.
  static func freePort() throws -> UInt16 {
    let listener = try Listener(backlog: 1)
    defer { listener.close() }
    return listener.port
  }

  private func waitForBanner() throws {
    let end = Date().addingTimeInterval(10)
    while Date() < end {
      guard process.isRunning else { break }
      if Listener.banner(port: port)?.hasPrefix("SSH-2.0-") == true { return }
      usleep(20_000)
    }
    throw Tool.Failed(description: "sshd did not start on port \(port): \(log)")
  }

  private static func writeUsers(_ folder: String, sudoers: String, doas: String) throws {
    let hash = try Tool.run("/usr/bin/openssl", "passwd", "-6", "-stdin", input: password + "\n")
    let home = "\(folder)/home"
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    let passwd = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
    let shadow = try String(contentsOfFile: "/etc/shadow", encoding: .utf8)
    let group = try String(contentsOfFile: "/etc/group", encoding: .utf8)
    let files = [
      "passwd": passwd + "\(user):x:64321:64321::\(home):/bin/sh\n",
      // su asks for root's password, which is the same here.
      "shadow": shadow.split(separator: "\n").filter { !$0.hasPrefix("root:") }.map { $0 + "\n" }.joined()
        + "root:\(hash.trimmingCharacters(in: .whitespacesAndNewlines)):19000:0:99999:7:::\n"
        + "\(user):\(hash.trimmingCharacters(in: .whitespacesAndNewlines)):19000:0:99999:7:::\n",
      "group": group + "\(user):x:64321:\n",
      "doas.conf": "\(doas) \(user) as root\n",
      "sudoers": "Defaults !lecture, !use_pty\nroot ALL=(ALL:ALL) ALL\n\(sudoers)\n",
    ]
    try FileManager.default.createDirectory(
      atPath: "\(folder)/etc", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    for (name, text) in files {
      let path = "\(folder)/etc/\(name)"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      chmod(path, name == "sudoers" ? 0o440 : name == "shadow" ? 0o640 : 0o644)
    }
  }
}

/// Host keys, made when they are first wanted.
private final class HostKeys: Sendable {
  struct Pair {
    let secret: String
    let open: String

    func write(to path: String) throws {
      try secret.write(toFile: path, atomically: true, encoding: .utf8)
      try open.write(toFile: path + ".pub", atomically: true, encoding: .utf8)
      chmod(path, 0o600)
    }
  }

  private let pairs = Mutex<[String: Pair]>([:])

  func get(_ type: String) throws -> Pair {
    try pairs.withLock { pairs in
      if let pair = pairs[type] { return pair }
      let path = NSTemporaryDirectory() + "gantry-host-\(UUID().uuidString)"
      defer {
        unlink(path)
        unlink(path + ".pub")
      }
      try Tool.run("/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "", "-f", path)
      let pair = Pair(
        secret: try String(contentsOfFile: path, encoding: .utf8),
        open: try String(contentsOfFile: path + ".pub", encoding: .utf8))
      pairs[type] = pair
      return pair
    }
  }
}
