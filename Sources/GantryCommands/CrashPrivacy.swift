import Foundation

/// Keeps passwords, which this process has in memory, out of what a crash leaves on disk.
enum CrashPrivacy {
  /// From now on neither this process nor its children leave their memory behind.
  ///
  /// The limit ends core files. A handler behind a pipe, such as systemd-coredump, is not held back by it; what the handler
  /// would be given is what the filter names, and that is nothing (core(5)). The process stays traceable by its own user,
  /// who can read the inventory and the keys anyway.
  static func begin() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    let file = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    // A kernel without core dumps has no such file, and nothing to keep from them.
    _ = write(file, "0", 1)
    close(file)
  }
}
