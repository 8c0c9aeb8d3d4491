import Glibc

/// What a configuration can refer to: the local user and machine.
public struct ConfigSurroundings: Sendable {
  /// The home folder by the user database, as OpenSSH takes it.
  public var home: String
  /// The local user's name and number.
  public var user: String
  public var uid: UInt32
  /// The local machine's name, with its domain if it has one.
  public var machine: String
  public var environment: [String: String]
  /// `~/.ssh/config`.
  public var userFile: String
  /// `/etc/ssh/ssh_config`.
  public var systemFile: String

  public init(
    home: String, user: String, uid: UInt32, machine: String, environment: [String: String],
    systemFile: String = "/etc/ssh/ssh_config"
  ) {
    self.home = home
    self.user = user
    self.uid = uid
    self.machine = machine
    self.environment = environment
    userFile = home + "/.ssh/config"
    self.systemFile = systemFile
  }

  /// Where the system's file is, and what it includes by a relative name.
  var systemFolder: String {
    systemFile.lastIndex(of: "/").map { String(systemFile[..<$0]) } ?? "/etc/ssh"
  }

  /// Those of this process.
  public static func current(environment: [String: String]) -> ConfigSurroundings {
    let uid = getuid()
    var home = environment["HOME"] ?? "/"
    var user = environment["USER"] ?? String(uid)
    // Unsafe: getpwuid_r puts the record's texts into the buffer, which lives as long as they are read.
    var record = passwd()
    var result: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    if getpwuid_r(uid, &record, &buffer, buffer.count, &result) == 0, result != nil {
      if let folder = record.pw_dir { home = String(cString: folder) }
      if let name = record.pw_name { user = String(cString: name) }
    }
    var name = [CChar](repeating: 0, count: 256)
    let machine = gethostname(&name, name.count - 1) == 0 ? text(name) : "localhost"
    return ConfigSurroundings(
      home: home, user: user, uid: uid, machine: machine, environment: environment)
  }

  /// The home folder of another user; nil when there is no such user.
  static func home(of user: String) -> String? {
    var record = passwd()
    var result: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    // Unsafe: as above.
    guard getpwnam_r(user, &record, &buffer, buffer.count, &result) == 0, result != nil,
      let folder = record.pw_dir
    else { return nil }
    return String(cString: folder)
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
