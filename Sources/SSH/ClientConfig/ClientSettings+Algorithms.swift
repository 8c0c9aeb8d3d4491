extension ClientSettings {
  /// The algorithms that a session is to offer: what the configuration says, of what this libssh2 has and is not weak.
  ///
  /// - Throws: `ssh-config-unsupported` when a list leaves nothing.
  public func algorithms() throws(ClientConfigError) -> AlgorithmPreferences {
    AlgorithmPreferences(
      keyExchanges: try names(
        "KexAlgorithms", kexAlgorithms, Algorithms.usual.keyExchanges, Algorithms.allowed.keyExchanges),
      hostKeys: try names(
        "HostKeyAlgorithms", hostKeyAlgorithms, Algorithms.usual.hostKeys, Algorithms.allowed.hostKeys),
      ciphers: try names("Ciphers", ciphers, Algorithms.usual.ciphers, Algorithms.allowed.ciphers),
      macs: try names("MACs", macs, Algorithms.usual.macs, Algorithms.allowed.macs))
  }

  private func names(
    _ keyword: String, _ list: Setting<AlgorithmList>?, _ usual: [String], _ allowed: [String]
  ) throws(ClientConfigError) -> [String]? {
    guard let list else { return nil }
    let names = list.value.applied(to: usual, known: allowed)
    guard !names.isEmpty else {
      throw ClientConfigError(
        .unsupported, "\(keyword) leaves none that libssh2 \(LibSSH2.version) has and that is not weak",
        at: list.origin, hint: "there are \(allowed.joined(separator: ","))")
    }
    return names
  }
}
