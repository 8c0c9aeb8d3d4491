import CLibSSH2
import Fleet

/// Decides whether the key that a server showed is the host's.
struct HostKeyCheck {
  let knownHosts: KnownHosts
  let policy: HostKeyPolicy
  let host: HostName

  /// Throws unless the session's host key is known or, by the policy, accepted. A key that is not accepted
  /// has cost the host nothing: nothing secret was sent yet.
  func run(_ session: Session, on connection: isolated Connection) async throws(Failure) {
    guard let key = shownKey(session) else {
      throw Failure(.handshakeFailed, "the server showed no host key that can be read")
    }
    var verdict = knownHosts.verdict(key, of: host)
    if case .unknown = verdict, case .acceptNew(let file) = policy {
      let (knownHosts, host) = (knownHosts, host)
      verdict = try await connection.offLoop {
        Result { () throws(Failure) in try knownHosts.append(key, of: host, to: file) }
      }.get()
      // Written.
      if case .unknown = verdict { return }
    }
    if let failure = failure(key, verdict) { throw failure }
  }

  private func shownKey(_ session: Session) -> PublicKey? {
    var length = 0
    var type: Int32 = 0
    // Unsafe: the session's own bytes, copied here.
    guard let bytes = libssh2_session_hostkey(session.pointer, &length, &type) else { return nil }
    return PublicKey(blob: Array(UnsafeRawBufferPointer(start: bytes, count: length)))
  }

  private func failure(_ key: PublicKey, _ verdict: KnownHosts.Verdict) -> Failure? {
    let name = MessageText.clean(host.name, limit: 80)
    let shown = "\(key.shortType) \(key.fingerprint)"
    switch verdict {
    case .known:
      return nil
    case .revoked(let line):
      return Failure(
        .hostKeyRevoked, "host key of \(name): \(shown) is revoked in \(line.location)",
        hint: "give the node a new host key (ssh-keygen -A after removing the old one)")
    case .changed(let line):
      return Failure(
        .hostKeyChanged,
        "host key of \(name) has changed: \(shown), but \(line.location) has \(line.key.shortType)"
          + " \(line.key.fingerprint)",
        hint: "if the node was reinstalled, remove that line; if not, someone may be in between")
    case .otherTypes(let lines):
      let types = lines.map { "\($0.key.shortType) in \($0.location)" }.joined(separator: ", ")
      let hint =
        !LibSSH2.knowsRSAWithSHA2 && lines.allSatisfy { $0.key.type == "ssh-rsa" }
        ? "this build's libssh2 \(LibSSH2.version) cannot check RSA host keys; add the node's other key with"
          + " `ssh-keyscan` after comparing the fingerprint"
        : "compare the fingerprint on the node (ssh-keygen -lf) and add the key with `ssh-keyscan`"
      return Failure(
        .hostKeyUnknown, "host key of \(name): \(shown) is not known; known are \(types)", hint: hint)
    case .unknown:
      return Failure(
        .hostKeyUnknown, "host key of \(name): \(shown) is not known",
        hint:
          "compare the fingerprint on the node (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then add it with"
          + " `ssh-keyscan`, or accept new keys")
    }
  }
}
