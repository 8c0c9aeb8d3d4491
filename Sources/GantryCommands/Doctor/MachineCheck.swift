import Foundation
import SSH
import Terminal

/// The machine itself: library, limits, disk, clock.
struct MachineCheck {
  let stateDirectory: String
  let forks: Int

  func findings() -> [Finding] {
    library() + [descriptors(), threads(), state(), room(), clock()].compactMap { $0 }
  }

  private func library() -> [Finding] {
    if LibSSH2Feature.isTooOld {
      return [
        Finding(
          "libssh2", .bad, "\(libssh2Version), and gantry needs \(LibSSH2Feature.oldest)",
          hint: "install a newer libssh2, or use gantry's static executable")
      ]
    }
    var findings = [Finding.ok("libssh2", libssh2Version)]
    for feature in LibSSH2Feature.all where !feature.isThere {
      let since = feature.since.isEmpty ? "no release has it" : "from \(feature.since) on"
      // What no release has is nothing to mend.
      findings.append(
        Finding(
          "libssh2", feature.since.isEmpty ? .ok : .warning, "without \(feature.name) (\(since))",
          hint: feature.consequence))
    }
    return findings
  }

  /// A connection takes one; each node's log, the bundle and the libraries take some more.
  private func descriptors() -> Finding {
    let needed = UInt64(forks * 2 + 64)
    let (soft, hard) = limit(RLIMIT_NOFILE)
    let text = "\(Self.number(soft)) open files, up to \(Self.number(hard))"
    if hard < needed {
      return Finding(
        "open files", .bad, "\(text), and \(forks) nodes at a time need \(needed)",
        hint: "raise it (ulimit -n, or nofile in /etc/security/limits.conf), or use fewer --forks")
    }
    if soft < needed {
      return Finding(
        "open files", .warning, "\(text), and \(forks) nodes at a time need \(needed)",
        hint: "ulimit -n \(needed)")
    }
    return .ok("open files", text)
  }

  private func threads() -> Finding {
    let (soft, _) = limit(__RLIMIT_NPROC)
    let needed: UInt64 = 256
    guard soft < needed else { return .ok("threads", "\(Self.number(soft)) processes and threads") }
    return Finding(
      "threads", .warning, "\(soft) processes and threads for this user", hint: "ulimit -u \(needed)")
  }

  private func limit(_ resource: __rlimit_resource) -> (soft: UInt64, hard: UInt64) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return (.max, .max) }
    return (UInt64(limit.rlim_cur), UInt64(limit.rlim_max))
  }

  private static func number(_ value: UInt64) -> String { value > 1 << 40 ? "unlimited" : "\(value)" }

  /// The nearest folder that is there: the state folder is made by the first run.
  private var existing: String {
    var folder = stateDirectory
    while !FileManager.default.fileExists(atPath: folder), folder.count > 1 {
      folder = (folder as NSString).deletingLastPathComponent
    }
    return folder
  }

  private func state() -> Finding {
    let folder = existing
    guard access(folder, W_OK | X_OK) == 0 else {
      return Finding(
        "state folder", .bad, "\(folder) cannot be written to", hint: "choose another with --state-dir")
    }
    guard folder == stateDirectory else {
      return .ok("state folder", "\(stateDirectory) is made by the first run")
    }
    switch SSHSelfCheck.exposure(folder) {
    case .none: return .ok("state folder", folder)
    case .missing, .foreign:
      return Finding(
        "state folder", .bad, "\(folder) belongs to somebody else",
        hint: "chown it, or choose another with --state-dir")
    case .writable, .readable:
      return Finding(
        "state folder", .warning, "\(folder) is open to others, and what nodes print is kept there",
        hint: "chmod 700 \(folder)")
    }
  }

  private func room() -> Finding? {
    var status = statvfs()
    let folder = existing
    guard statvfs(folder, &status) == 0 else { return nil }
    let free = Int64(status.f_bavail) * Int64(status.f_frsize)
    let text = "\(Units.bytes(free)) free in \(folder)"
    if free < 16 << 20 || (status.f_files > 0 && status.f_favail < 64) {
      return Finding("disk", .bad, text, hint: "free room there: a run keeps its record in it")
    }
    return free < 256 << 20
      ? Finding("disk", .warning, text, hint: "a run of many nodes keeps some megabytes there")
      : .ok("disk", text)
  }

  /// A machine without a network often has a clock nobody set, and records, timestamps and certificates go wrong then.
  private func clock() -> Finding {
    let now = Date()
    let text = now.formatted(.iso8601)
    var made = stat()
    let executable = ProcessInfo.processInfo.arguments.first ?? ""
    let file =
      stat("/proc/self/exe", &made) == 0 ? Date(timeIntervalSince1970: Double(made.st_mtim.tv_sec)) : now
    if now.timeIntervalSince1970 < 1_735_689_600 || now.addingTimeInterval(86_400) < file {
      return Finding(
        "clock", .bad, "\(text), which is before \(executable.isEmpty ? "gantry" : executable) was made",
        hint: "set the clock (date -s, or a time server)")
    }
    return now.timeIntervalSince1970 > 4_102_444_800
      ? Finding("clock", .bad, "\(text), which is far ahead", hint: "set the clock") : .ok("clock", text)
  }
}
