import CLibSSH2
import Fleet
import Inventory

extension Connection {
  /// Connects, checks the host key and logs in. On failure the connection is gone.
  func open(_ target: SSHTarget, options: SSHOptions, knownHosts: KnownHosts) async throws(Failure) {
    beginOperation()
    do {
      try await cancellable {
        do throws(Failure) {
          try await self.establish(target, options, knownHosts)
          return .success(())
        } catch {
          return .failure(error)
        }
      }
    } catch {
      drop(error)
      throw error
    }
  }

  private func establish(_ target: SSHTarget, _ options: SSHOptions, _ knownHosts: KnownHosts)
    async throws(Failure)
  {
    let transport = try await connectSocket(
      host: target.host, port: target.port, timeout: options.connectTimeout)
    guard let session = Session(transport: transport) else {
      transport.close()
      throw Failure(.handshakeFailed, "no memory for a session")
    }
    self.session = session
    let host = HostName(host: target.host, port: target.port, alias: target.hostKeyAlias)

    let limit = options.loginTimeout
    let handshake = setAlarm(limit, HandshakeFailure.timedOut(limit))
    defer { cancelAlarm(handshake) }
    Algorithms.apply(to: session, knownTypes: knownHosts.keyTypes(of: host))
    let descriptor = transport.descriptor
    let status = try await complete(session) { libssh2_session_handshake($0.pointer, descriptor) }
    guard status == 0 else { throw HandshakeFailure.failure(session, status: status) }
    session.didShakeHands()
    try await HostKeyCheck(knownHosts: knownHosts, policy: options.hostKeyPolicy, host: host).run(
      session, on: self)
    try await logIn(session, target)
  }

  private func logIn(_ session: Session, _ target: SSHTarget) async throws(Failure) {
    var record = LoginRecord()
    guard let offered = try await offeredMethods(session, user: target.user) else { return }
    record.offered = offered
    for (index, method) in target.authentication.enumerated() {
      let done: Bool
      switch method {
      case .agent(let path):
        // Every other method still needs a try of its own, and sshd counts them all.
        let others = target.authentication.count - 1 - index
        let room = LoginRecord.maximumTries - record.refusals - others
        done = try await tryAgent(session, path, target.user, &record, limit: min(5, max(1, room)))
      case .keyFile(let path, let passphrase):
        done = try await tryKeyFile(session, path, passphrase, target.user, &record)
      case .password(let password):
        done = try await tryPassword(session, password, target.user, &record)
      }
      if done { return }
    }
    throw record.failure(user: target.user)
  }

  /// Asks what the server takes, by the "none" request (RFC 4252, 5.2); nil when that alone has logged in.
  private func offeredMethods(_ session: Session, user: String) async throws(Failure) -> [String]? {
    var list: String?
    let status = try await complete(session) { session in
      // Unsafe: the list is the session's own and is copied at once.
      if let text = libssh2_userauth_list(session.pointer, user, UInt32(user.utf8.count)) {
        list = String(cString: text)
        return 0
      }
      return libssh2_userauth_authenticated(session.pointer) != 0 ? 0 : session.lastErrorNumber
    }
    guard status == 0 else { throw lost(session, "ask how to log in") }
    return list.map { $0.split(separator: ",").map(String.init) }
  }

  // MARK: Methods

  private func tryAgent(
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

  private func tryKeyFile(
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

  private func trySigner(
    _ session: Session, _ signer: any Signer, _ user: String, _ name: String, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    let slot = SignatureSlot()
    let blob = signer.requestBlob
    session.transport.beginTurn()
    while true {
      try checkInterruption()
      // Unsafe: libssh2 copies the name and the blob in its first call and reads only the arguments' lengths later;
      // both arrays and the slot outlive the call.
      let status = blob.withUnsafeBufferPointer { blob in
        libssh2_userauth_publickey(
          session.pointer, user, blob.baseAddress, blob.count, SignatureSlot.callback, slot.abstract)
      }
      if status == 0 { return true }
      if status == LIBSSH2_ERROR_EAGAIN {
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
        // Unsafe: libssh2 reads exactly the given length; without a public key it derives it from the private one.
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

  private func tryPassword(
    _ session: Session, _ password: Secret, _ user: String, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    let word = password.revealed
    let status: Int32
    if record.offers("password") {
      status = try await complete(session) { session in
        libssh2_userauth_password_ex(
          session.pointer, user, UInt32(user.utf8.count), word, UInt32(word.utf8.count), nil)
      }
    } else if record.offers("keyboard-interactive") {
      session.promptAnswer = word
      defer { session.promptAnswer = nil }
      status = try await complete(session) { session in
        libssh2_userauth_keyboard_interactive_ex(
          session.pointer, user, UInt32(user.utf8.count), Session.promptCallback)
      }
    } else {
      record.skipped("not the password (not offered)")
      return false
    }
    if status == 0 { return true }
    if status == LIBSSH2_ERROR_PASSWORD_EXPIRED {
      record.refused("the password, which has expired")
      return false
    }
    try refusedOrLost(session, "the password", user, &record)
    return false
  }

  // MARK: Ends

  /// Notes a refusal, or throws when the connection is what has failed.
  private func refusedOrLost(
    _ session: Session, _ name: String, _ user: String, _ record: inout LoginRecord
  ) throws(Failure) {
    record.refused(name)
    guard session.transport.ending != nil else { return }
    // sshd hangs up after too many tries; that is a refusal, and nothing to try again.
    if record.refusals > 1 { throw record.failure(user: user) }
    throw lost(session, "log in with \(name)")
  }

  private func lost(_ session: Session, _ verb: String) -> Failure {
    let reason = session.transport.ending?.text ?? session.lastErrorText
    return Failure(.connectionLost, "\(verb): \(reason)")
  }
}
