import Fleet
import Foundation
import Inventory
import SSH

/// Makes the target of a connection out of what SSH's client configuration says about it.
struct TargetBuilder {
  private let surroundings: ConfigSurroundings

  /// The passwords that no inventory holds; nil where nobody logs in.
  private let secrets: FleetSecrets?

  init(_ surroundings: ConfigSurroundings, _ secrets: FleetSecrets? = nil) {
    self.surroundings = surroundings
    self.secrets = secrets
  }

  /// - Parameters:
  ///   - password: of the inventory.
  ///   - key: the inventory's key file, as it is written there.
  ///   - spareKey: tried before the usual keys where the configuration names none.
  func target(
    _ name: String, _ client: ClientSettings, password: Secret?, key: (path: String, passphrase: Secret?)?,
    spareKey: (path: String, passphrase: Secret?)? = nil, privilege: Privilege
  ) throws(ClientConfigError) -> SSHTarget {
    let files = knownHosts(client)
    var target = SSHTarget(
      name: name, host: client.hostName.value, port: UInt16(client.port?.value ?? 22),
      user: client.user?.value ?? surroundings.user, hostKeyAlias: client.hostKeyAlias?.value,
      knownHostsFiles: files.user + files.global, hostKeyPolicy: policy(client, files.user),
      authentication: methods(client, password: password, key: key, spareKey: spareKey), privilege: privilege,
      proxyCommand: client.proxyCommand?.value, algorithms: try client.algorithms(),
      connectTimeout: client.connectTimeout.flatMap { $0.value > 0 ? .seconds($0.value) : nil },
      connectionAttempts: client.connectionAttempts?.value ?? 1, keepAlive: keepAlive(client),
      bindAddress: client.bindAddress?.value, addressFamily: client.addressFamily?.value ?? .any)
    target.hashKnownHosts = client.hashKnownHosts?.value ?? false
    return target
  }

  /// The user's known_hosts files and the system's, by the defaults of ssh_config(5).
  func knownHosts(_ client: ClientSettings) -> (user: [String], global: [String]) {
    let home = surroundings.home + "/.ssh/known_hosts"
    return (
      (client.userKnownHostsFiles?.value ?? [home, home + "2"]).map(Paths.absolute),
      (client.globalKnownHostsFiles?.value ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"])
        .map(Paths.absolute)
    )
  }

  /// gantry asks nobody by default, other than ssh: a fleet is not the place for a question for each node. `no` accepts
  /// what is new, and a changed key is refused all the same.
  private func policy(_ client: ClientSettings, _ files: [String]) -> HostKeyPolicy {
    // Without a file of the user's, nothing is remembered.
    let file = files.first ?? "/dev/null"
    return switch client.hostKeyChecking?.value {
    case nil, .yes: .strict
    case .acceptNew, .no: .acceptNew(file: file)
    case .ask: client.batchMode?.value == true ? .strict : .ask(file: file)
    }
  }

  private func keepAlive(_ client: ClientSettings) -> KeepAlive? {
    guard let interval = client.serverAliveInterval?.value, interval > 0 else { return nil }
    return KeepAlive(interval: .seconds(interval), count: max(1, client.serverAliveCountMax?.value ?? 3))
  }

  // MARK: Authentication

  /// Keys, then passwords, as OpenSSH goes about it.
  private func methods(
    _ client: ClientSettings, password: Secret?, key: (path: String, passphrase: Secret?)?,
    spareKey: (path: String, passphrase: Secret?)?
  ) -> [AuthMethod] {
    var methods: [AuthMethod] = []
    let choice = keys(client, key, spareKey)
    if client.publicKeys?.value != false, isPreferred("publickey", client),
      !choice.identities.isEmpty || choice.agentSocket != nil
    {
      methods.append(.publicKey(choice))
    }
    let mayAsk = client.keyboardInteractive?.value != false && isPreferred("keyboard-interactive", client)
    let mayUsePassword = client.passwords?.value != false && isPreferred("password", client)
    if let password = password ?? secrets?.login, mayUsePassword || mayAsk {
      methods.append(.password(password))
    }
    if secrets?.asksForServers == true, mayAsk, client.batchMode?.value != true {
      methods.append(.keyboardInteractive)
    }
    return methods
  }

  private func isPreferred(_ method: String, _ client: ClientSettings) -> Bool {
    client.preferredAuthentications?.value.contains(method) ?? true
  }

  private func keys(
    _ client: ClientSettings, _ key: (path: String, passphrase: Secret?)?,
    _ spareKey: (path: String, passphrase: Secret?)?
  ) -> KeyChoice {
    let own = key.map { Paths.absolute($0.path) }
    var identities = client.identityFiles.map { file in
      let path = Paths.absolute(file.value)
      return KeyChoice.Identity(path: path, passphrase: path == own ? key?.passphrase : nil)
    }
    if identities.isEmpty, !client.hasNoIdentityFile {
      if let spareKey {
        identities.append(.init(path: Paths.absolute(spareKey.path), passphrase: spareKey.passphrase))
      }
      // OpenSSH's own defaults, in its order (ssh_config(5), IdentityFile).
      for name in ["id_rsa", "id_ecdsa", "id_ed25519"] {
        identities.append(.init(path: surroundings.home + "/.ssh/" + name, isNamed: false))
      }
    }
    let socket = client.identityAgent.map(\.value) ?? surroundings.environment["SSH_AUTH_SOCK"]
    return KeyChoice(
      identities: identities, certificateFiles: client.certificateFiles.map { Paths.absolute($0.value) },
      agentSocket: socket.flatMap { $0.isEmpty ? nil : $0 },
      // As ssh does with `-i` and a key that an agent has too, the agent signs; its other keys stay out.
      identitiesOnly: client.identitiesOnly?.value ?? (key != nil))
  }
}
