import CKeyStream
import CLibSSH2

/// The version of the libssh2 that is linked, such as "1.10.0".
public var libssh2Version: String { LibSSH2.version }

/// The linked library as a whole.
enum LibSSH2 {
  /// Starts the library; later calls do nothing.
  ///
  /// libssh2_init keeps global state and is not safe for threads. A static property is initialised once by
  /// whoever comes first while the others wait, and every ``EventLoopGroup`` reads it before it starts a
  /// thread.
  static let started: Void = {
    // Where it does not work everything stays as slow as it was.
    _ = key_stream_install()
    let status = libssh2_init(0)
    precondition(status == 0, "libssh2_init returned \(status)")
  }()

  static let version: String = {
    // Unsafe: a static string of the library, never freed; nil only when the argument asks for a newer
    // version.
    libssh2_version(0).map { String(cString: $0) } ?? LIBSSH2_VERSION
  }()

  /// Major, minor and patch, to compare: (1, 11, 0).
  static let release: (Int, Int, Int) = {
    let numbers = version.split(whereSeparator: { !$0.isNumber }).prefix(3).map { Int($0) ?? 0 }
    return (numbers.first ?? 0, numbers.dropFirst().first ?? 0, numbers.dropFirst(2).first ?? 0)
  }()

  /// From 1.11.0 libssh2 makes and checks RSA signatures with SHA-2 (RFC 8332); before, with SHA-1 only,
  /// which OpenSSH refuses since 8.8.
  static var knowsRSAWithSHA2: Bool { release >= (1, 11, 0) }
}
