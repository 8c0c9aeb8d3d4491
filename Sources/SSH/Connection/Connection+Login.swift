import CLibSSH2
import Fleet
import Inventory

/// Who logs in where, for the methods of one login.
struct Login: Sendable {
  let user: String
  /// For questions to a person: "root@10.0.0.3".
  let place: String
  let keys: KeyRing
  let limit: Duration
}

extension Connection {
  /// Connects, checks the host key and logs in. On failure the connection is gone.
  ///
  /// - Parameters:
  ///   - keys: what the logins of a client share.
  ///   - lease: the jump host to go through; nil for a connection of its own.
  ///   - place: given back early when the host is slow to take the connection.
  func open(
    _ target: SSHTarget, options: SSHOptions, knownHosts: KnownHosts, keys: KeyRing,
    through lease: HopLease?, in place: LoginPlace? = nil
  ) async throws(Failure) {
    beginOperation()
    self.lease = lease
    do {
      try await cancellable {
        do throws(Failure) {
          try await self.establish(target, options, knownHosts, keys, place)
          return .success(())
        } catch {
          return .failure(error)
        }
      }
    } catch {
      let failure = explainProxy(error)
      drop(failure)
      throw failure
    }
  }

  private func establish(
    _ target: SSHTarget, _ options: SSHOptions, _ knownHosts: KnownHosts, _ keys: KeyRing,
    _ place: LoginPlace?
  ) async throws(Failure) {
    let patience = loop.schedule(at: .now + LoginPlace.patience) { place?.giveBack() }
    defer { loop.cancel(patience) }
    let transport = try await reach(target, timeout: target.connectTimeout ?? options.connectTimeout)
    loop.cancel(patience)
    guard let session = Session(transport: transport) else {
      transport.close()
      throw Failure(.handshakeFailed, "no memory for a session")
    }
    self.session = session
    keepAlive = target.keepAlive
    let host = HostName(host: target.host, port: target.port, alias: target.hostKeyAlias)

    let limit = options.loginTimeout
    loginAlarm = setAlarm(limit, HandshakeFailure.timedOut(limit))
    defer {
      cancelAlarm(loginAlarm)
      loginAlarm = nil
    }
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
      hashed: target.hashKnownHosts, prompter: options.prompter, limit: limit
    ).run(session, on: self)
    let place = MessageText.clean("\(target.user)@\(target.host)", limit: 80)
    try await logIn(
      session, target.authentication, Login(user: target.user, place: place, keys: keys, limit: limit))
  }

  private func logIn(
    _ session: Session, _ methods: [AuthMethod], _ login: Login
  ) async throws(Failure) {
    var record = LoginRecord()
    guard let offered = try await offeredMethods(session, user: login.user) else { return }
    record.offered = offered
    for (index, method) in methods.enumerated() {
      // Every other method still needs a try of its own, and sshd counts them all.
      let room = max(1, LoginRecord.maximumTries - record.refusals - (methods.count - 1 - index))
      let done =
        switch method {
        case .agent(let path):
          try await tryKeys(
            session, KeyChoice(identities: [], agentSocket: path), login, &record, limit: min(5, room))
        case .keyFile(let path, let passphrase):
          try await tryKeys(
            session, KeyChoice(identities: [.init(path: path, passphrase: passphrase)]), login, &record,
            limit: room)
        case .publicKey(let choice):
          try await tryKeys(session, choice, login, &record, limit: room)
        case .keyboardInteractive:
          try await tryKeyboard(session, nil, login, &record)
        case .password(let password):
          try await tryPassword(session, password, login, &record)
        case .askedPassword:
          try await tryAskedPassword(session, login, &record)
        }
      if done { return }
    }
    throw record.failure(user: login.user)
  }

  /// Asks what the server takes, by the "none" request (RFC 4252, 5.2); nil when that alone has logged in.
  func offeredMethods(_ session: Session, user: String) async throws(Failure) -> [String]? {
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

  /// Notes a refusal, or throws when the connection is what has failed.
  ///
  /// - Parameter mayBePartial: the server may have taken this as the first of several proofs (RFC 4252, 5.1),
  ///   which libssh2 does not tell apart from a refusal; the methods that it now takes do.
  func refused(
    _ session: Session, _ name: String, _ login: Login, _ record: inout LoginRecord,
    mayBePartial: Bool = false
  ) async throws(Failure) {
    guard session.transport.ending == nil else {
      record.refused(name)
      // sshd hangs up after too many tries; that is a refusal, and nothing to try again.
      if record.refusals > 1 { throw record.failure(user: login.user) }
      throw loginLost(session, "log in with \(name)")
    }
    if mayBePartial, let offered = try await offeredMethods(session, user: login.user),
      offered != record.offered
    {
      record.offered = offered
      record.partly(name)
    } else {
      record.refused(name)
    }
  }

  func loginLost(_ session: Session, _ verb: String) -> Failure {
    let reason = session.transport.ending?.text ?? session.lastErrorText
    return Failure(.connectionLost, "\(verb): \(reason)")
  }

  /// Waits for `work`, in which a person may be asked: the login's limit does not hold meanwhile.
  func asking<Value: Sendable>(
    _ login: Login, _ work: @escaping @Sendable () async -> Value
  ) async throws(Failure) -> Value {
    try await asking(within: login.limit, work)
  }

  /// As above, before anybody logs in.
  func asking<Value: Sendable>(
    within limit: Duration, _ work: @escaping @Sendable () async -> Value
  ) async throws(Failure) -> Value {
    cancelAlarm(loginAlarm)
    defer { loginAlarm = setAlarm(limit, HandshakeFailure.timedOut(limit)) }
    return try await elsewhere(work)
  }
}
