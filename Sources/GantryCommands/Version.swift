import SSH

/// What this executable is.
enum Version {
  static let number = "0.1.0"
  static var full: String { "gantry \(number) (libssh2 \(libssh2Version))" }
}
