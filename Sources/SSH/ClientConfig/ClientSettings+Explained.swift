/// One setting of a host, for people.
public struct ExplainedSetting: Sendable, Hashable {
  /// The keyword of ssh_config(5).
  public let name: String
  public let value: String
  public let origin: SettingOrigin
}

extension ClientSettings {
  /// What gantry goes by for this host and who said so; of what nobody said, the few defaults that matter most.
  ///
  /// - Parameter localUser: the user that is logged in as when nobody names one.
  public func explained(localUser: String) -> [ExplainedSetting] {
    var list: [ExplainedSetting] = []
    func add<Value>(_ name: String, _ setting: Setting<Value>?, _ text: (Value) -> String) {
      guard let setting else { return }
      list.append(
        ExplainedSetting(
          name: name, value: MessageText.clean(text(setting.value)), origin: setting.origin))
    }
    func yes(_ value: Bool) -> String { value ? "yes" : "no" }
    func files(_ files: [String]) -> String { files.isEmpty ? "none" : files.joined(separator: " ") }
    add("HostName", hostName) { $0 }
    add("Port", port ?? Setting(22, .standard)) { "\($0)" }
    add("User", user ?? Setting(localUser, .standard)) { $0 }
    add("HostKeyAlias", hostKeyAlias) { $0 }
    add("ProxyJump", jump) { $0.isEmpty ? "none" : $0.map(\.description).joined(separator: ",") }
    add("ProxyCommand", proxyCommand) { $0 ?? "none" }
    for file in identityFiles { add("IdentityFile", file) { $0 } }
    for file in certificateFiles { add("CertificateFile", file) { $0 } }
    add("IdentitiesOnly", identitiesOnly, yes)
    add("IdentityAgent", identityAgent) { $0 ?? "none" }
    add("StrictHostKeyChecking", hostKeyChecking ?? Setting(.yes, .standard)) { $0.rawValue }
    add("UserKnownHostsFile", userKnownHostsFiles, files)
    add("GlobalKnownHostsFile", globalKnownHostsFiles, files)
    add("HashKnownHosts", hashKnownHosts, yes)
    add("ConnectTimeout", connectTimeout) { "\($0)" }
    add("ConnectionAttempts", connectionAttempts) { "\($0)" }
    add("ServerAliveInterval", serverAliveInterval) { "\($0)" }
    add("ServerAliveCountMax", serverAliveCountMax) { "\($0)" }
    add("AddressFamily", addressFamily) { $0 == .inet ? "inet" : $0 == .inet6 ? "inet6" : "any" }
    add("BindAddress", bindAddress) { $0 }
    add("Ciphers", ciphers) { $0.description }
    add("MACs", macs) { $0.description }
    add("KexAlgorithms", kexAlgorithms) { $0.description }
    add("HostKeyAlgorithms", hostKeyAlgorithms) { $0.description }
    add("PubkeyAcceptedAlgorithms", pubkeyAcceptedAlgorithms) { $0.description }
    add("BatchMode", batchMode, yes)
    add("PubkeyAuthentication", publicKeys, yes)
    add("PasswordAuthentication", passwords, yes)
    add("KbdInteractiveAuthentication", keyboardInteractive, yes)
    add("PreferredAuthentications", preferredAuthentications) { $0.joined(separator: ",") }
    return list
  }
}
