import Fleet
import Foundation
import Inventory
import SSH

/// Reaches a node as its settings say: over SSH, or on this machine itself.
struct FleetConnector: Connector {
  private let client: SSHClient
  private let secrets: FleetSecrets

  init(_ settings: FleetSettings, secrets: FleetSecrets) {
    self.secrets = secrets
    let files = settings.knownHosts.isEmpty ? Self.usualKnownHosts : settings.knownHosts
    let options = SSHOptions(
      knownHostsFiles: files,
      hostKeyPolicy: settings.acceptNew ? .acceptNew(file: files[0]) : .strict,
      connectTimeout: .seconds(settings.timeout), loginTimeout: .seconds(settings.timeout),
      prompter: secrets.prompter)
    client = SSHClient(loops: EventLoopGroup(), options: options)
  }

  func connect(to node: Node) async throws(Failure) -> any Remote {
    let settings = node.settings
    if settings.connection == .local { return LocalRemote(privilege: privilege(of: settings)) }
    return try await client.connect(
      to: SSHTarget(
        name: node.name, host: settings.address, port: UInt16(settings.port ?? 22),
        user: settings.user ?? NSUserName(),
        authentication: methods(for: settings), privilege: privilege(of: settings),
        hops: hops(to: node)))
  }

  func close() async { await client.close() }

  /// The jump hosts log in as the node does, but for what their own text says.
  private func hops(to node: Node) throws(Failure) -> [SSHTarget] {
    guard let jump = node.settings.jump, !jump.isEmpty else { return [] }
    do {
      return try JumpTargets.parse(jump, of: node.name) { host, user, port in
        SSHTarget(
          name: host, host: host, port: port ?? 22, user: user ?? NSUserName(),
          authentication: methods(for: node.settings))
      }
    } catch {
      throw Failure(FailureCode(error.code.rawValue), error.description, hint: error.hint)
    }
  }

  /// Keys, then passwords, as OpenSSH goes about it. The key that the inventory names comes first, so that a server's
  /// limit of attempts is not used up by others.
  private func methods(for settings: ConnectionSettings) -> [AuthMethod] {
    var choice = KeyChoice(identities: [])
    if let file = settings.privateKeyFile {
      choice.identities.append(
        .init(path: Paths.absolute(file), passphrase: settings.privateKeyPassphrase))
    } else {
      // OpenSSH's own defaults, in its order (ssh_config(5), IdentityFile).
      for name in ["id_rsa", "id_ecdsa", "id_ed25519"] {
        choice.identities.append(.init(path: Paths.absolute("~/.ssh/\(name)"), isNamed: false))
      }
    }
    if let socket = ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"], !socket.isEmpty {
      choice.agentSocket = socket
      // As ssh does with `-i` and a key that an agent has too, the agent signs; its other keys stay out.
      choice.identitiesOnly = settings.privateKeyFile != nil
    }
    var methods: [AuthMethod] = [.publicKey(choice)]
    if let password = settings.password ?? secrets.login { methods.append(.password(password)) }
    if secrets.asksForServers { methods.append(.keyboardInteractive) }
    return methods
  }

  private func privilege(of settings: ConnectionSettings) -> Privilege {
    switch settings.become {
    case true?:
      switch settings.becomeMethod {
      case .sudo: .sudo(password: settings.becomePassword ?? secrets.become)
      case .su: .su(password: settings.becomePassword ?? secrets.become)
      case .doas: .doas
      }
    case false?: .none
    case nil: .automatic
    }
  }

  private static let usualKnownHosts = [
    Paths.absolute("~/.ssh/known_hosts"), Paths.absolute("~/.ssh/known_hosts2"), "/etc/ssh/ssh_known_hosts",
    "/etc/ssh/ssh_known_hosts2",
  ]
}
