import Fleet

/// A host's key as the host itself shows it, beside what the known_hosts files say.
public struct HostKeyFinding: Sendable {
  public enum State: Sendable, Hashable {
    /// It stands there: "/root/.ssh/known_hosts:12".
    case known(location: String)
    /// No file has a key of the host; `otherTypes` are the kinds of key that they do have.
    case new(otherTypes: [String])
    /// There is another key of the same type.
    case changed(fingerprint: String, location: String)
    case revoked(location: String)
  }

  /// The name that known_hosts has or gets: "node1", "[node1]:2222".
  public let name: String
  /// Such as "ED25519".
  public let type: String
  /// As ssh-keygen -l prints it: "SHA256:…".
  public let fingerprint: String
  public let state: State
  let key: PublicKey
  let host: HostName
}

extension SSHClient {
  /// Asks a host for its key: connects, through the hosts on the way, and leaves before anybody logs in.
  ///
  /// The type that is known is asked for, if one is. sshd counts a connection without a login (PerSourcePenalties), so
  /// one host is asked once.
  /// - Throws: as ``connect(to:)``, but for what concerns the host's own key and login.
  public func hostKey(of target: SSHTarget) async throws(Failure) -> HostKeyFinding {
    var asked = target
    asked.stopsAtHostKey = true
    let remote = try await connect(to: asked)
    let shown = await remote.shownKey
    await remote.close()
    guard let key = shown else { throw Failure(.handshakeFailed, "the server showed no host key") }
    let host = HostName(host: target.host, port: target.port, alias: target.hostKeyAlias)
    let known = knownHosts(for: target)
    let state: HostKeyFinding.State
    switch known.verdict(key, of: host) {
    case .known(let line): state = .known(location: line.location)
    case .revoked(let line): state = .revoked(location: line.location)
    case .changed(let line):
      state = .changed(
        fingerprint: "\(line.key.shortType) \(line.key.fingerprint)", location: line.location)
    case .otherTypes(let lines): state = .new(otherTypes: lines.map(\.key.shortType))
    case .unknown: state = .new(otherTypes: [])
    }
    return HostKeyFinding(
      name: MessageText.clean(host.name, limit: 100), type: key.shortType, fingerprint: key.fingerprint,
      state: state, key: key, host: host)
  }

  /// Remembers a key that was found, in `file`; a changed one takes the place of the old.
  ///
  /// The file is written under its lock, and all at once when something is replaced.
  /// - Throws: `host-key-unknown` when the file cannot be written, `host-key-changed` when what stands there cannot be
  ///   replaced, `host-key-revoked` for a key that is revoked.
  public func trust(
    _ finding: HostKeyFinding, of target: SSHTarget, in file: String, hashed: Bool
  ) async throws(Failure) {
    let known = knownHosts(for: target)
    try await BlockingWork.run { () -> Result<Void, Failure> in
      Result { () throws(Failure) in
        switch finding.state {
        case .known: return
        case .revoked(let location):
          throw Failure(.hostKeyRevoked, "host key of \(finding.name) is revoked in \(location)")
        case .changed:
          try known.replace(finding.key, of: finding.host, in: file, hashed: hashed)
        case .new:
          let verdict = try known.append(finding.key, of: finding.host, to: file, hashed: hashed)
          // Of another type than those that are known, it is added under its own line.
          if case .otherTypes = verdict {
            try known.add(finding.key, of: finding.host, to: file, hashed: hashed)
          } else if case .changed(let line) = verdict {
            throw Failure(.hostKeyChanged, "host key of \(finding.name) has changed: \(line.location)")
          }
        }
      }
    }.get()
  }
}
