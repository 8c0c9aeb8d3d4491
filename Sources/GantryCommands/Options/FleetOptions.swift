import ArgumentParser
import Fleet
import Foundation

/// Which nodes, and how to reach them: the options of every command that connects.
struct FleetOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: "Inventory file or folder, Ansible's YAML or INI, or `host1,host2,`; may be repeated.")
  var inventory: [String] = []

  @Option(name: [.short, .long], help: "Only these nodes: names, groups, node[1:20], !node3, a:&b.")
  var limit: String?

  @Option(name: [.short, .long], help: "How many nodes are worked on at a time.")
  var forks: Int = 32

  @Option(
    help:
      "Seconds to wait for a connection, and as long again for the login (default: ConnectTimeout of the SSH configuration, or 10)."
  )
  var timeout: Double?

  @Option(help: "Further attempts after a failure that may pass, such as a broken connection.")
  var retries: Int = 2

  @Option(help: "Seconds without a byte moved after which a transfer counts as stalled.")
  var stallTimeout: Double = 60

  @Option(
    help: "Seconds that a runtime may take to unpack once it has an archive, beside one for each megabyte.")
  var importTimeout: Double = 600

  @Option(
    help: ArgumentHelp(
      "SSH client configuration in place of ~/.ssh/config and /etc/ssh/ssh_config; `none` for none.",
      valueName: "file"))
  var sshConfig: String?

  @Option(help: "Seconds to wait for a node that was there and is gone, such as one that boots anew.")
  var reconnectTimeout: Double = 120

  @Option(help: "Seconds to wait for a node that another run is changing; otherwise the node fails at once.")
  var lockTimeout: Double = 0

  @Option(help: "known_hosts file; may be repeated.")
  var knownHosts: [String] = []

  @Flag(
    help:
      "Take the host key of a node that no known_hosts file has, and remember it; a changed key is refused.")
  var acceptNew = false

  @Flag(help: "Ask for the login password, and answer at the terminal what the servers ask (one-time codes).")
  var askPass = false

  @Flag(help: "Ask for the password with which users become root; empty for the login password.")
  var askBecomePass = false

  @Option(
    help: ArgumentHelp(
      "A command for sh whose first line of output is the login password; also $GANTRY_SSH_PASSWORD and $GANTRY_BECOME_PASSWORD.",
      valueName: "command"))
  var passwordCommand: String?

  @Option(help: "The node that kubectl and helm run on; otherwise the first of the group `control`.")
  var control: String?

  func validate() throws {
    if inventory.isEmpty { throw ValidationError("no inventory: give one with -i FILE") }
    if forks < 1 { throw ValidationError("--forks must be 1 or more") }
    if let timeout, !(timeout > 0 && timeout <= 86_400) {
      throw ValidationError("--timeout must be above 0 and at most 86400")
    }
    if !(stallTimeout > 0 && stallTimeout <= 86_400) {
      throw ValidationError("--stall-timeout must be above 0 and at most 86400")
    }
    for (option, value) in [
      ("--reconnect-timeout", reconnectTimeout), ("--lock-timeout", lockTimeout),
      ("--import-timeout", importTimeout),
    ]
    where !(value >= 0 && value <= 86_400) {
      throw ValidationError("\(option) must be 0 or more and at most 86400")
    }
    if retries < 0 { throw ValidationError("--retries must be 0 or more") }
  }

  /// With absolute paths, so that a rerun from another folder finds the same files.
  var settings: FleetSettings {
    FleetSettings(
      inventories: inventory.map(Paths.inventory), limit: limit, forks: forks,
      timeout: timeout, retries: retries, stallTimeout: stallTimeout,
      sshConfig: sshConfig.map { $0.lowercased() == "none" ? "none" : Paths.absolute($0) },
      knownHosts: knownHosts.map(Paths.absolute),
      acceptNew: acceptNew, control: control, reconnectTimeout: reconnectTimeout, lockTimeout: lockTimeout,
      importTimeout: importTimeout,
      askPass: askPass ? true : nil,
      askBecomePass: askBecomePass ? true : nil, passwordCommand: passwordCommand)
  }
}

/// ``FleetOptions`` as the run record keeps them.
struct FleetSettings: Codable, Sendable, Equatable {
  var inventories: [String]
  var limit: String?
  var forks: Int
  /// Seconds; nil for what the SSH configuration says.
  var timeout: Double?
  var retries: Int
  /// Seconds.
  var stallTimeout: Double
  /// In place of the usual configuration of SSH; `none` for none at all.
  var sshConfig: String?
  var knownHosts: [String]
  var acceptNew: Bool
  var control: String?
  /// Seconds; nil in the records of versions that did not have it.
  var reconnectTimeout: Double?
  /// Seconds; nil in the records of versions that did not have it.
  var lockTimeout: Double?
  /// Seconds; nil in the records of versions that did not have it.
  var importTimeout: Double?

  var retryPolicy: RetryPolicy {
    RetryPolicy(retries: retries, reconnect: .seconds(reconnectTimeout ?? 120))
  }

  /// A rerun asks again: the passwords themselves are kept nowhere.
  var askPass: Bool?
  var askBecomePass: Bool?
  /// The command, not what it prints.
  var passwordCommand: String?
}
