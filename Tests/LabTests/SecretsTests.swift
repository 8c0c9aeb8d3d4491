import Foundation
import Synchronization
import Testing

/// Secrets are planted wherever one may be given, everything is run with as many words as possible, failures included;
/// then whatever is left on either side is searched for them.
@Suite(.lab("n1=containerd", "n2=containerd", "n3=none"), .serialized)
struct SecretsTests {
  /// Command lines and environments of every process of the machine, nodes' included, while something runs.
  private final class Watch: Sendable {
    private let seen = Mutex<Set<String>>([])
    private let needles: [String]
    private let ours: String

    init(_ needles: [String], except: String) {
      self.needles = needles
      ours = except
    }

    func found() -> [String] { seen.withLock { $0.sorted() } }

    func run() async {
      while !Task.isCancelled {
        for process in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        where process.allSatisfy(\.isNumber) && process != ours {
          for file in ["cmdline", "environ"] {
            guard let data = FileManager.default.contents(atPath: "/proc/\(process)/\(file)") else {
              continue
            }
            for (number, needle) in needles.enumerated() where data.range(of: Data(needle.utf8)) != nil {
              let name = FileManager.default.contents(atPath: "/proc/\(process)/comm") ?? Data()
              seen.withLock {
                _ = $0.insert("secret \(number) in \(file) of \(String(decoding: name, as: UTF8.self))")
              }
            }
          }
        }
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  @Test func nothingThatIsLeftHoldsASecret() async throws {
    let lab = try Lab.current
    let login = try String(contentsOfFile: lab.directory + "/password", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let (wrongLogin, wrongSudo, passphrase) = ("wr0ng-l0gin-Q7z", "wr0ng-sud0-K4x", "pass-phr4se-M9v")
    // An encrypted key that works, made from the lab's own.
    let key = lab.work + "/key"
    let made = try await Lab.execute(
      "/bin/sh",
      [
        "-c", "cp $0/id_ed25519 $1 && chmod 600 $1 && ssh-keygen -q -p -P '' -N \"$2\" -f $1", lab.directory,
        key,
        passphrase,
      ])
    try #require(made.status == 0, "\(made.errors)")
    let addresses = try await CheckTests.addresses(lab)
    func inventory(_ name: String, _ variables: [String: String]) throws -> String {
      var text = "all:\n  hosts:\n"
      for node in ["n1", "n2", "n3"] {
        text += "    \(node):\n      ansible_host: \(addresses[node] ?? "")\n"
      }
      text +=
        "  vars:\n"
        + variables.sorted { $0.key < $1.key }.map {
          "    \($0.key): \($0.value == "true" ? "true" : "'\($0.value)'")\n"
        }.joined()
      let path = lab.work + "/\(name).yaml"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      chmod(path, 0o600)
      return path
    }
    let password = ["ansible_user": "pat", "ansible_password": login, "ansible_become": "true"]
    let fleets = [
      try inventory("right", password.merging(["ansible_become_password": login]) { $1 }),
      try inventory("sudo-wrong", password.merging(["ansible_become_password": wrongSudo]) { $1 }),
      try inventory("login-wrong", ["ansible_user": "pat", "ansible_password": wrongLogin]),
      try inventory(
        "key",
        [
          "ansible_user": "root", "ansible_ssh_private_key_file": key,
          "ansible_ssh_private_key_passphrase": passphrase,
        ]),
    ]
    let secrets = [login, wrongLogin, wrongSudo, passphrase]
    let bundle = try await lab.bundle("0.20.0", size: "1M", images: 2)
    let watch = Watch(secrets, except: "\(ProcessInfo.processInfo.processIdentifier)")
    let watching = Task { await watch.run() }
    var said = ""
    var statuses: [Int32] = []
    for fleet in fleets {
      for words in [
        ["check", "-vv"], ["load", "-vv", bundle],
        ["exec", "-vv", "--become", "-o", "json", "--", "id; ps -ef"],
        ["inventory", "list"], ["inventory", "list", "-o", "json"],
      ] {
        var line = [words[0]]
        if words[0] == "inventory" {
          line += [words[1], "-i", fleet] + words.dropFirst(2)
        } else {
          line += ["-i", fleet, "--known-hosts", lab.directory + "/known_hosts", "--state-dir", lab.state]
          line += words.dropFirst()
        }
        let outcome = try await Lab.execute(
          "/bin/sh", ["-c", "umask 000; exec \"$@\"", "sh", Lab.gantry] + line)
        statuses.append(outcome.status)
        said += outcome.output + outcome.errors
      }
      said += try await lab.show(["-o", "json"]).output
    }
    watching.cancel()
    await watching.value
    // Both outcomes happened: the scan is of successes and of failures.
    #expect(statuses.contains(0) && statuses.contains(1), "\(statuses)")
    #expect(said.contains("sudo-password-wrong") && said.contains("auth-failed"))

    for (number, secret) in secrets.enumerated() {
      #expect(!said.contains(secret), "secret \(number) was said")
      for folder in [lab.state] + ["n1", "n2", "n3"].map({ "\(lab.directory)/nodes/\($0)" }) {
        let hits = try await Lab.execute("/usr/bin/grep", ["-rlaF", "--", secret, folder])
        #expect(hits.output.isEmpty, "secret \(number) is in \(hits.output)")
      }
      for node in ["n1", "n2", "n3"] {
        let hits = try await lab.inside(
          node, "sh", "-c", "grep -rlaF -e \"$1\" /run /tmp /home /root /var/log /var/tmp 2>/dev/null", "sh",
          secret)
        #expect(hits.output.isEmpty, "secret \(number) is on \(node) in \(hits.output)")
      }
    }
    #expect(watch.found().isEmpty, "\(watch.found())")
    // Under umask 000: nobody but the owner, from the start.
    let open = try await Lab.execute("/usr/bin/find", [lab.state, "-perm", "/077"])
    #expect(open.status == 0 && open.output.isEmpty, "others may read \(open.output)")
    FaultTable.row("planted secrets, full runs with -vv, searched on both sides", "none found", exit: 0)
  }

  @Test func aCrashLeavesNoMemoryBehind() async throws {
    let lab = try Lab.current
    try await lab.lab("pause", "n3", "sshd")
    let running = lab.begin("check", "-l", "n3", "--timeout", "5", "--retries", "0")
    _ = try await lab.record(of: running)
    let limits = try await Lab.execute(
      "/bin/sh",
      [
        "-c",
        "for p in /proc/[0-9]*; do [ \"$(readlink $p/exe)\" = \"$0\" ] && { grep 'core file' $p/limits; cat $p/coredump_filter; }; done",
        URL(fileURLWithPath: Lab.gantry).resolvingSymlinksInPath().path,
      ])
    _ = try await running.outcome.value
    try await lab.lab("resume", "n3", "sshd")
    let words = limits.output.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(words.starts(with: ["Max", "core", "file", "size", "0", "0"]), "\(limits.output)")
    #expect(words.last == "00000000", "\(limits.output)")
  }
}
