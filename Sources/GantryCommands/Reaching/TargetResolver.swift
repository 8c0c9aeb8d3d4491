import Fleet
import Foundation
import Inventory
import SSH

/// Works out how a node is reached: the command line first, then the inventory, then the client configuration of SSH.
///
/// The order is that of Ansible, which gives `ssh` the inventory's settings as options. As there, the name that is
/// looked for in `Host` lines is `ansible_host`, or the inventory's name when there is none.
struct TargetResolver {
  private let settings: FleetSettings
  private let secrets: FleetSecrets
  private let surroundings: ConfigSurroundings
  /// Every host of the inventory by its name, for those that `gantry_jump` names.
  private let hosts: [String: ConnectionSettings]
  /// Of several, since an inventory may name files of its own (`-F` in `ansible_ssh_args`).
  private var configurations: [ClientConfig.Source: ClientConfig] = [:]

  /// Hosts on the way to one node; more is a circle or a mistake.
  private static let mostHops = 16

  init(_ settings: FleetSettings, _ secrets: FleetSecrets, hosts: [String: ConnectionSettings]) {
    self.settings = settings
    self.secrets = secrets
    self.hosts = hosts
    surroundings = .current(environment: ProcessInfo.processInfo.environment)
  }

  /// Reads what is said about one node; connects to nobody.
  mutating func resolve(_ node: Node) async throws -> ResolvedTarget {
    let inventory = node.settings
    let source = source(inventory)
    let client = try await configuration(source).settings(
      for: inventory.address, options: commandLine + options(for: inventory))
    let builder = TargetBuilder(surroundings, secrets)
    var visited: [String] = []
    let hops = try await hops(of: client, inventory, source, &visited)
    var resolved = ResolvedTarget(
      target: try builder.target(
        node.name, client, password: inventory.password, key: inventory.key,
        privilege: secrets.privilege(of: inventory)),
      client: client, hops: hops.map(\.client), localUser: surroundings.user,
      keysFile: builder.knownHosts(client).user.first)
    resolved.target.hops = try hops.map { hop in
      try builder.target(
        hop.host?.name ?? hop.client.originalHost, hop.client, password: hop.host?.password,
        key: hop.host?.key, spareKey: inventory.key, privilege: .none)
    }
    resolved.hopKeysFiles = hops.map { builder.knownHosts($0.client).user.first }
    if let timeout = settings.timeout {
      // The configuration knows whole seconds only.
      resolved.target.connectTimeout = .seconds(timeout)
      for index in resolved.target.hops.indices {
        resolved.target.hops[index].connectTimeout = .seconds(timeout)
      }
    }
    return resolved
  }

  // MARK: What counts before the files

  private func options(for inventory: ConnectionSettings) -> [ConfigOption] {
    var options: [ConfigOption] = []
    func add(_ keyword: String, _ value: String, _ key: ConnectionSettings.SourceKey) {
      let origin = inventory.sources[key].map { SettingOrigin.named("\($0)") } ?? .named("inventory")
      options.append(ConfigOption(keyword, value, origin: origin))
    }
    func add(_ arguments: [SSHArguments.Option]) {
      for argument in arguments {
        let origin = SettingOrigin.named("\(argument.source)")
        options.append(
          argument.keyword.map { ConfigOption($0, argument.value, origin: origin) }
            ?? ConfigOption(argument.value, origin: origin))
      }
    }
    // gantry's own variable is about gantry alone, so it counts before what is written for ssh.
    if let jump = inventory.jump {
      let way = JumpHop.way(jump, to: inventory.name)
      add("ProxyJump", way.isEmpty ? "none" : way, .jump)
    }
    add(inventory.sshArguments.first)
    if let checking = inventory.hostKeyChecking {
      add("StrictHostKeyChecking", checking ? "yes" : "no", .hostKeyChecking)
    }
    if let port = inventory.port { add("Port", String(port), .port) }
    if let file = inventory.privateKeyFile { add("IdentityFile", file, .privateKeyFile) }
    if let user = inventory.user { add("User", user, .user) }
    add(inventory.sshArguments.last)
    return options
  }

  /// What gantry's own options say, about nodes and the hosts on the way to them.
  private var commandLine: [ConfigOption] {
    var options: [ConfigOption] = []
    if !settings.knownHosts.isEmpty {
      let origin = SettingOrigin.named("--known-hosts")
      // A percent sign in a path that was typed is no token.
      let files = settings.knownHosts.map { $0.replacingOccurrences(of: "%", with: "%%") }
      options.append(ConfigOption("UserKnownHostsFile", files, origin: origin))
      options.append(ConfigOption("GlobalKnownHostsFile", "none", origin: origin))
    }
    if settings.acceptNew {
      options.append(ConfigOption("StrictHostKeyChecking", "accept-new", origin: .named("--accept-new")))
    }
    if let timeout = settings.timeout {
      options.append(
        ConfigOption("ConnectTimeout", String(Int(timeout.rounded(.up))), origin: .named("--timeout")))
    }
    return options
  }

  // MARK: The files

  private func source(_ inventory: ConnectionSettings) -> ClientConfig.Source {
    guard let file = settings.sshConfig ?? inventory.sshArguments.configFile?.value else { return .usual }
    return file.lowercased() == "none" ? .none : .file(Paths.absolute(file))
  }

  private mutating func configuration(_ source: ClientConfig.Source) -> ClientConfig {
    if let known = configurations[source] { return known }
    let config = ClientConfig(source, surroundings: surroundings)
    configurations[source] = config
    return config
  }

  // MARK: The way

  /// A host on the way.
  private struct Hop {
    let client: ClientSettings
    /// What the inventory says of it; nil unless `gantry_jump` names it by its name there.
    let host: ConnectionSettings?
  }

  /// The hosts on the way, the first one first. As `ssh -J` does, each is looked up in the same configuration; only the
  /// first of a list may need a way of its own.
  ///
  /// - Parameter inventory: of the host that is reached so. Only gantry's own variable names hosts of the inventory: what
  ///   is written for `ssh` means what it means there.
  private mutating func hops(
    of client: ClientSettings, _ inventory: ConnectionSettings?, _ source: ClientConfig.Source,
    _ visited: inout [String]
  ) async throws -> [Hop] {
    guard let jump = client.jump, !jump.value.isEmpty else { return [] }
    var hops: [Hop] = []
    for (index, hop) in jump.value.enumerated() {
      let host = inventory?.jump == nil ? nil : hosts[hop.host]
      if host?.connection == .local {
        throw UsageError(
          "\(client.originalHost): the way leads through \(hop.host), which is this machine (\(jump.origin))",
          hint: "leave it out of gantry_jump; what is reached from here needs no jump host")
      }
      var options = commandLine
      if let user = hop.user { options.append(ConfigOption("User", user, origin: jump.origin)) }
      if let port = hop.port { options.append(ConfigOption("Port", String(port), origin: jump.origin)) }
      if index > 0 { options.append(ConfigOption("ProxyJump", "none", origin: jump.origin)) }
      if let host { options += self.options(for: host) }
      let ownSource = host.map(self.source) ?? source
      let settings = try await configuration(ownSource).settings(
        for: host?.address ?? hop.host, options: options)
      let name = "\(settings.user?.value ?? "")@\(settings.hostName.value):\(settings.port?.value ?? 22)"
      guard !visited.contains(name), visited.count < Self.mostHops else {
        throw UsageError(
          "\(client.originalHost): the way leads through \(hop) twice (\(jump.origin))",
          hint: "set ProxyJump none for the host that is reached directly")
      }
      visited.append(name)
      if index == 0 { hops += try await self.hops(of: settings, host, ownSource, &visited) }
      hops.append(Hop(client: settings, host: host))
    }
    return hops
  }
}

extension ConnectionSettings {
  /// The inventory's key file, as it is written there.
  fileprivate var key: (path: String, passphrase: Secret?)? {
    privateKeyFile.map { (path: $0, passphrase: privateKeyPassphrase) }
  }
}

/// How a node is reached, and how that came about.
struct ResolvedTarget: Sendable {
  var target: SSHTarget
  let client: ClientSettings
  /// The hosts on the way, the first one first.
  var hops: [ClientSettings]
  let localUser: String
  /// The user's known_hosts file that the host's new key goes to; nil when there is none.
  let keysFile: String?
  /// The same for the hosts on the way.
  var hopKeysFiles: [String?] = []
}
