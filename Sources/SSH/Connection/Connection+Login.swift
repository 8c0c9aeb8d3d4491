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
      host: target.host, port: target.port, timeout: target.connectTimeout ?? options.connectTimeout)
    guard let session = Session(transport: transport) else {
      transport.close()
      throw Failure(.handshakeFailed, "no memory for a session")
    }
    self.session = session
    let host = HostName(host: target.host, port: target.port, alias: target.hostKeyAlias)

    let limit = options.loginTimeout
    let handshake = setAlarm(limit, HandshakeFailure.timedOut(limit))
    defer { cancelAlarm(handshake) }
    let algorithms = Algorithms(Algorithms.library, target.algorithms).preferring(
      knownHosts.keyTypes(of: host))
    algorithms.apply(to: session)
    let descriptor = transport.descriptor
    let status = try await complete(session) { libssh2_session_handshake($0.pointer, descriptor) }
    guard status == 0 else { throw HandshakeFailure.failure(session, status: status, ours: algorithms) }
    session.didShakeHands()
    if target.stopsAtHostKey {
      shownKey = try HostKeyCheck.shownKey(session)
      return
    }
    try await HostKeyCheck(
      knownHosts: knownHosts, policy: target.hostKeyPolicy ?? options.hostKeyPolicy, host: host,
      hashed: target.hashKnownHosts, prompter: options.prompter
    ).run(session, on: self)
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
      case .publicKey(let choice):
        done = try await tryKeys(session, choice, target.user, &record)
      case .keyboardInteractive, .askedPassword:
        record.skipped("not the terminal (nobody to ask)")
        done = false
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
    guard status == 0 else { throw loginLost(session, "ask how to log in") }
    return list.map { $0.split(separator: ",").map(String.init) }
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

  /// Notes a refusal, or throws when the connection is what has failed.
  func refusedOrLost(
    _ session: Session, _ name: String, _ user: String, _ record: inout LoginRecord
  ) throws(Failure) {
    record.refused(name)
    guard session.transport.ending != nil else { return }
    // sshd hangs up after too many tries; that is a refusal, and nothing to try again.
    if record.refusals > 1 { throw record.failure(user: user) }
    throw loginLost(session, "log in with \(name)")
  }

  func loginLost(_ session: Session, _ verb: String) -> Failure {
    let reason = session.transport.ending?.text ?? session.lastErrorText
    return Failure(.connectionLost, "\(verb): \(reason)")
  }
}
