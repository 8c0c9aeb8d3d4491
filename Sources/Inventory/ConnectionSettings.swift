/// How to reach a host and become root on it, as far as the inventory says.
///
/// What is nil here is for `~/.ssh/config` and the defaults of SSH to say.
public struct ConnectionSettings: Sendable, Hashable {
  /// How commands get to a host.
  public enum Connection: String, Sendable, Hashable {
    /// Over SSH.
    case ssh
    /// On this machine.
    case local
  }

  /// How to become another user.
  public enum BecomeMethod: String, Sendable, Hashable, CaseIterable {
    /// With `sudo`, the default.
    case sudo
    /// With `su`.
    case su
    /// With `doas`.
    case doas
  }

  /// A container runtime.
  public enum Runtime: String, Sendable, Hashable, CaseIterable {
    /// containerd.
    case containerd
    /// Docker.
    case docker
  }

  /// The name in the inventory.
  public var name: String
  /// `ansible_host`, or else the name: a DNS name, an address, or an alias in `~/.ssh/config`.
  public var address: String
  /// `ansible_port`, 1 to 65535.
  public var port: Int?
  /// `ansible_user`.
  public var user: String?
  /// `ansible_password`.
  public var password: Secret?
  /// `ansible_ssh_private_key_file`, with `~/` still in it.
  public var privateKeyFile: String?
  /// `ansible_private_key_passphrase`.
  public var privateKeyPassphrase: Secret?
  /// `ansible_host_key_checking`; nil means what the SSH arguments and `~/.ssh/config` say.
  public var hostKeyChecking: Bool?
  /// `ansible_connection`.
  public var connection: Connection
  /// `ansible_become`; nil if unset: root where it can be had without a password.
  public var become: Bool?
  /// `ansible_become_method`.
  public var becomeMethod: BecomeMethod
  /// `ansible_become_user`; `root` if unset.
  public var becomeUser: String
  /// `ansible_become_password`.
  public var becomePassword: Secret?
  /// `gantry_runtime`; nil to find out.
  public var runtime: Runtime?
  /// `gantry_namespace`: the containerd namespace; nil for the default of the command.
  public var namespace: String?
  /// `gantry_socket`: containerd's socket, where it is at no usual place.
  public var socket: String?
  /// `gantry_jump`: `user@host:port`, several with commas between them; a host may be one of the inventory's. Empty
  /// means a direct connection, whatever `~/.ssh/config` says; nil means what the SSH arguments and that say.
  public var jump: String?
  /// `ansible_ssh_args` and its kin.
  public var sshArguments: SSHArguments = SSHArguments()
  /// The variables that said the settings above, as far as they are for SSH.
  public var sources: [SourceKey: SettingSource] = [:]

  /// A setting with a ``sources`` of its own.
  public enum SourceKey: Sendable, Hashable {
    case address, port, user, password, privateKeyFile, hostKeyChecking, jump
  }
}

extension ConnectionSettings {
  /// Settings of a host about which nothing is known but its name; everything else can be set.
  public init(name: String, address: String? = nil) {
    self.init(
      name: name, address: address ?? name, connection: .ssh, become: nil, becomeMethod: .sudo,
      becomeUser: "root")
  }
}

extension Host {
  /// What the variables of this host say about connecting to it, under all names that Ansible knows.
  ///
  /// Of several names for one setting, the one that Ansible prefers counts, such as `ansible_ssh_host` over
  /// `ansible_host`. (Ansible: documentation of the `ssh` connection and the `sudo` become plug-in.)
  ///
  /// - Throws: `inventory-variable` for a value that cannot be used, `inventory-template` for one that has a
  ///   Jinja expression in it, `inventory-vault` for an encrypted one; with the file and line of the
  ///   variable.
  public func connectionSettings() throws(InventoryError) -> ConnectionSettings {
    try GantryVariable.check(vars)
    let reader = VariableReader(vars)
    let connection = try reader.connection()
    let arguments = try connection == .local ? SSHArguments() : SSHArguments(reader)
    return ConnectionSettings(
      name: name,
      address: try reader.text("ansible_host", "ansible_ssh_host") ?? name,
      port: try reader.port("ansible_port", "ansible_ssh_port"),
      user: try reader.text("ansible_user", "ansible_ssh_user"),
      password: try reader.secret("ansible_password", "ansible_ssh_pass", "ansible_ssh_password"),
      privateKeyFile: try reader.text("ansible_private_key_file", "ansible_ssh_private_key_file"),
      privateKeyPassphrase: try reader.secret(
        "ansible_private_key_passphrase", "ansible_ssh_private_key_passphrase"),
      hostKeyChecking: try reader.boolean("ansible_host_key_checking", "ansible_ssh_host_key_checking"),
      connection: connection,
      become: try reader.boolean("ansible_become"),
      becomeMethod: try reader.becomeMethod(),
      becomeUser: try reader.text("ansible_become_user", "ansible_sudo_user") ?? "root",
      becomePassword: try reader.secret(
        "ansible_become_password", "ansible_become_pass", "ansible_sudo_pass"),
      runtime: try reader.runtime(),
      namespace: try reader.text(GantryVariable.namespace.rawValue),
      socket: try reader.text(GantryVariable.socket.rawValue),
      jump: try reader.jump(),
      sshArguments: arguments,
      sources: try Self.sources(reader))
  }

  private static func sources(
    _ reader: VariableReader
  ) throws(InventoryError) -> [ConnectionSettings.SourceKey: SettingSource] {
    let names: [(ConnectionSettings.SourceKey, [String])] = [
      (.address, ["ansible_host", "ansible_ssh_host"]), (.port, ["ansible_port", "ansible_ssh_port"]),
      (.user, ["ansible_user", "ansible_ssh_user"]),
      (.password, ["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"]),
      (.privateKeyFile, ["ansible_private_key_file", "ansible_ssh_private_key_file"]),
      (.hostKeyChecking, ["ansible_host_key_checking", "ansible_ssh_host_key_checking"]),
      (.jump, [GantryVariable.jump.rawValue]),
    ]
    var sources: [ConnectionSettings.SourceKey: SettingSource] = [:]
    for (key, names) in names { sources[key] = try reader.entry(names).map(SettingSource.init) }
    return sources
  }
}
