import CLibSSH2
import Fleet
import Inventory

// The publickey method (RFC 4252, section 7).
extension Connection {
  /// Tries the agent's keys, at most `limit` of them; returns true when one of them has logged in.
  func tryAgent(
    _ session: Session, _ path: String, _ user: String, _ record: inout LoginRecord, limit: Int
  ) async throws(Failure) -> Bool {
    guard record.offers("publickey") else {
      record.skipped("not the agent (no publickey)")
      return false
    }
    let agent = AgentClient(socketPath: path)
    let result = try await offLoop { Result { () throws(SigningError) in try agent.identities() } }
    let identities: [AgentClient.Identity]
    switch result {
    case .success(let list): identities = list
    case .failure(let error):
      record.skipped("the agent (\(error.text))")
      return false
    }
    // Certificates and keys on security keys have signatures of another form, which libssh2 1.10 cannot send.
    let usable = identities.filter { !$0.publicKey.type.contains("@") && $0.publicKey.type != "ssh-dss" }
    if usable.isEmpty { record.skipped("the agent (no usable key)") }
    for identity in usable.prefix(limit) {
      let signer = AgentSigner(agent: agent, publicKey: identity.publicKey)
      let name =
        "the agent's \(identity.publicKey.shortType) key \(MessageText.clean(identity.comment, limit: 40))"
      if try await trySigner(session, signer, user, name, &record) { return true }
    }
    if usable.count > limit { record.skipped("not the agent's other \(usable.count - limit) keys") }
    return false
  }

  /// Tries the key of a file; returns true when it has logged in.
  func tryKeyFile(
    _ session: Session, _ path: String, _ passphrase: Secret?, _ user: String, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    let name = "key \(MessageText.clean(path, limit: 120))"
    guard record.offers("publickey") else {
      record.skipped("not \(name) (no publickey)")
      return false
    }
    switch try await offLoop({ PrivateKeyFile(path: path) }) {
    case .signer(let signer):
      return try await trySigner(session, signer, user, "\(name) (\(signer.publicKey.shortType))", &record)
    case .unusable(let reason):
      record.unusable("\(name) (\(reason))")
      return false
    case .forLibSSH2(_, _, encrypted: true) where passphrase == nil:
      record.unusable("\(name) (encrypted, and no passphrase is given)")
      return false
    case .forLibSSH2(_, "ssh-rsa", _) where !LibSSH2.knowsRSAWithSHA2:
      record.unusable("\(name) (an encrypted RSA key needs libssh2 1.11 or an agent)")
      return false
    case .forLibSSH2(let bytes, _, _):
      return try await tryKeyByLibSSH2(session, bytes, passphrase, user, name, &record)
    }
  }

  /// Tries the keys of files and of an agent; returns true when one of them has logged in.
  func tryKeys(
    _ session: Session, _ choice: KeyChoice, _ user: String, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    for identity in choice.identities where identity.isNamed {
      if try await tryKeyFile(session, identity.path, identity.passphrase, user, &record) { return true }
    }
    if let path = choice.agentSocket, !choice.identitiesOnly {
      if try await tryAgent(session, path, user, &record, limit: 5) { return true }
    }
    for identity in choice.identities where !identity.isNamed {
      if try await tryKeyFile(session, identity.path, identity.passphrase, user, &record) { return true }
    }
    return false
  }

  private func trySigner(
    _ session: Session, _ signer: any Signer, _ user: String, _ name: String, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    let slot = SignatureSlot()
    let blob = signer.requestBlob
    session.transport.beginTurn()
    while true {
      try checkInterruption()
      // Unsafe: libssh2 copies the name and the blob in its first call and reads only the arguments' lengths
      // later; both arrays and the slot outlive the call.
      let status = blob.withUnsafeBufferPointer { blob in
        libssh2_userauth_publickey(
          session.pointer, user, blob.baseAddress, blob.count, SignatureSlot.callback, slot.abstract)
      }
      if status == 0 { return true }
      if session.mustWait(status) {
        if let data = slot.request, slot.signature == nil, slot.refusal == nil {
          switch try await offLoop({ Result { () throws(SigningError) in try signer.sign(data) } }) {
          case .success(let signature): slot.signature = signature
          case .failure(let error): slot.refusal = error
          }
          session.transport.beginTurn()
        } else {
          try await pause(session)
        }
        continue
      }
      if let refusal = slot.refusal {
        record.unusable("\(name) (\(refusal.text))")
        return false
      }
      try refusedOrLost(session, name, user, &record)
      return false
    }
  }

  private func tryKeyByLibSSH2(
    _ session: Session, _ bytes: [UInt8], _ passphrase: Secret?, _ user: String, _ name: String,
    _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    // Deriving the key from the passphrase takes a good part of a second of this loop's time.
    let status = try await complete(session) { session in
      bytes.withUnsafeBytes { bytes in
        // Unsafe: libssh2 reads exactly the given length; without a public key it derives it from the private
        // one.
        libssh2_userauth_publickey_frommemory(
          session.pointer, user, user.utf8.count, nil, 0,
          bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
          bytes.count, passphrase?.revealed)
      }
    }
    if status == 0 { return true }
    if session.transport.ending == nil, status != LIBSSH2_ERROR_AUTHENTICATION_FAILED,
      status != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED
    {
      record.unusable("\(name) (\(session.lastErrorText))")
      return false
    }
    try refusedOrLost(session, name, user, &record)
    return false
  }
}
