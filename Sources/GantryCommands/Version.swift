import SSH

/// What this executable is.
enum Version {
  static let number = "0.1.0"

  /// With what the linked library lacks.
  static var full: String {
    let missing = LibSSH2Feature.all.filter { !$0.isThere && !$0.since.isEmpty }
      .map { "\($0.name) (from \($0.since) on)" }
    let lacks =
      missing.isEmpty ? "" : "\nwithout " + missing.joined(separator: ", ") + "; see `gantry doctor`"
    return "gantry \(number) (libssh2 \(libssh2Version))" + lacks
  }
}
