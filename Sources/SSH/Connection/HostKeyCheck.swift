import CLibSSH2
import Fleet

/// Decides whether the key that a server showed is the host's.
struct HostKeyCheck {
  let knownHosts: KnownHosts
  let policy: HostKeyPolicy
  let host: HostName
  /// New lines do not tell the host's name.
  var hashed = false
  /// Who is asked about an unknown key under ``HostKeyPolicy/ask(file:)``.
  var prompter: (any LoginPrompter)?
  /// For the login after the answer, anew.
  var limit: Duration

  /// Throws unless the session's host key is known or, by the policy, accepted. A key that is not accepted
  /// has cost the host nothing: nothing secret was sent yet.
  func run(_ session: Session, on connection: isolated Connection) async throws(Failure) {
    let key = try Self.shownKey(session)
    var verdict = knownHosts.verdict(key, of: host)
    if case .unknown = verdict {
      switch policy {
      case .strict: break
      case .acceptNew(let file):
        verdict = try await keep(key, in: file, connection)
        // Written.
        if case .unknown = verdict { return }
      case .ask(let file):
        guard try await isAccepted(key, connection) else { break }
        verdict = try await keep(key, in: file, connection)
        if case .unknown = verdict { return }
      }
    }
    if let failure = failure(key, verdict) { throw failure }
  }

  /// The key of a session that has shaken hands.
  static func shownKey(_ session: Session) throws(Failure) -> PublicKey {
    var length = 0
    var type: Int32 = 0
    // Unsafe: the session's own bytes, copied here.
    if let bytes = libssh2_session_hostkey(session.pointer, &length, &type),
      let key = PublicKey(blob: Array(UnsafeRawBufferPointer(start: bytes, count: length)))
    {
      return key
    }
    throw Failure(.handshakeFailed, "the server showed no host key that can be read")
  }

  private func keep(
    _ key: PublicKey, in file: String, _ connection: isolated Connection
  ) async throws(Failure) -> KnownHosts.Verdict {
    let (knownHosts, host, hashed) = (knownHosts, host, hashed)
    return try await connection.offLoop {
      Result { () throws(Failure) in try knownHosts.append(key, of: host, to: file, hashed: hashed) }
    }.get()
  }

  private func isAccepted(
    _ key: PublicKey, _ connection: isolated Connection
  ) async throws(Failure) -> Bool {
    guard let prompter else { return false }
    let name = MessageText.clean(host.name, limit: 80)
    let question = LoginQuestion(
      .hostKey,
      text:
        "host key of \(name): \(key.shortType) \(key.fingerprint) is not known; trust it from now on? [y/N] ",
      isEchoed: true)
    let said = try await connection.asking(within: limit) { await prompter.answer(to: question) }
    guard let answer = said?.revealed.lowercased() else { return false }
    return answer == "y" || answer == "yes" || answer == key.fingerprint.lowercased()
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
        hint:
          "if the node was reinstalled, `gantry trust --replace` takes the new key; if not, someone may be in"
          + " between")
    case .otherTypes(let lines):
      let types = lines.map { "\($0.key.shortType) in \($0.location)" }.joined(separator: ", ")
      let hint =
        !LibSSH2.knowsRSAWithSHA2 && lines.allSatisfy { $0.key.type == "ssh-rsa" }
        ? "this build's libssh2 \(LibSSH2.version) cannot check RSA host keys; `gantry trust` adds the node's other"
          + " key after you compared the fingerprint"
        : "compare the fingerprint on the node (ssh-keygen -lf) and add the key with `gantry trust`"
      return Failure(
        .hostKeyUnknown, "host key of \(name): \(shown) is not known; known are \(types)", hint: hint)
    case .unknown:
      if let line = knownHosts.certAuthority(of: host) {
        return Failure(
          .hostKeyUnknown,
          "host key of \(name): \(shown) is not known; the certificate authority in \(line.location) cannot be asked",
          hint: "libssh2 knows no host certificates: add the keys themselves with `gantry trust`")
      }
      return Failure(
        .hostKeyUnknown, "host key of \(name): \(shown) is not known",
        hint:
          "compare the fingerprint on the node (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then add it with"
          + " `gantry trust`, or accept new keys")
    }
  }
}
