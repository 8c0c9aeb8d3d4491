import Fleet
import Foundation
import Inventory
import SSH

/// Reaches a node as its settings say: over SSH, or on this machine itself.
struct FleetConnector: Connector {
  private let client: SSHClient

  init(_ settings: FleetSettings) {
    let files = settings.knownHosts.isEmpty ? Self.usualKnownHosts : settings.knownHosts
    let options = SSHOptions(
      knownHostsFiles: files,
      hostKeyPolicy: settings.acceptNew ? .acceptNew(file: files[0]) : .strict,
      connectTimeout: .seconds(settings.timeout), loginTimeout: .seconds(settings.timeout))
    client = SSHClient(loops: EventLoopGroup(), options: options)
  }

  func connect(to node: Node) async throws(Failure) -> any Remote {
    let settings = node.settings
    if settings.connection == .local { return LocalRemote(privilege: privilege(of: settings)) }
    return try await client.connect(
      to: SSHTarget(
        name: node.name, host: settings.address, port: UInt16(settings.port ?? 22),
        user: settings.user ?? NSUserName(),
        authentication: methods(for: settings), privilege: privilege(of: settings)))
  }

  /// The key that the inventory names comes first, so that a server's limit of attempts is not used up by others.
  private func methods(for settings: ConnectionSettings) -> [AuthMethod] {
    var methods: [AuthMethod] = []
    if let file = settings.privateKeyFile {
      methods.append(.keyFile(path: Paths.absolute(file), passphrase: settings.privateKeyPassphrase))
    }
    if let password = settings.password { methods.append(.password(password)) }
    if settings.privateKeyFile == nil {
      if let socket = ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"], !socket.isEmpty {
        methods.append(.agent(socketPath: socket))
      }
      // OpenSSH's own defaults, in its order (ssh_config(5), IdentityFile).
      for name in ["id_rsa", "id_ecdsa", "id_ed25519"] {
        let path = Paths.absolute("~/.ssh/\(name)")
        if FileManager.default.fileExists(atPath: path) {
          methods.append(.keyFile(path: path, passphrase: nil))
        }
      }
    }
    return methods
  }

  private func privilege(of settings: ConnectionSettings) -> Privilege {
    switch settings.become {
    case true?: .sudo(password: settings.becomePassword)
    case false?: .none
    case nil: .automatic
    }
  }

  private static let usualKnownHosts = [
    Paths.absolute("~/.ssh/known_hosts"), Paths.absolute("~/.ssh/known_hosts2"), "/etc/ssh/ssh_known_hosts",
    "/etc/ssh/ssh_known_hosts2",
  ]
}
