import Foundation
import Glibc

/// How many descriptors the process may have open (getrlimit(2), RLIMIT_NOFILE).
enum OpenFiles {
  /// What everything besides the connections needs: the loops, the bundle, the journal, the nodes' logs.
  private static let reserve = 64
  /// A node takes its socket and its log; through a proxy command two more.
  private static let each = 4

  /// Raises the limit to the hard one: a shell's usual 1024 is too few for a thousand nodes.
  static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
    else { return }
    // Children get the raised limit too, so it stays one that a program which closes them all can bear.
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65_536))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// How many nodes the limit allows at a time.
  static var mostForks: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 128 }
    return max(1, (Int(clamping: limit.rlim_cur) - reserve) / each)
  }
}

extension FleetSettings {
  /// As many nodes at a time as asked for, as far as the limit of open files allows.
  var allowedForks: Int { min(forks, OpenFiles.mostForks) }
}
