import CLibSSH2
import Fleet
import Inventory

// The methods password (RFC 4252, section 8) and keyboard-interactive (RFC 4256).
extension Connection {
  /// Gives the password, to whichever of the two methods the server has.
  func tryPassword(
    _ session: Session, _ password: Secret, _ login: Login, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    guard record.offers("password") else {
      if record.offers("keyboard-interactive") {
        return try await tryKeyboard(session, password, login, &record)
      }
      record.skipped("not the password (not offered)")
      return false
    }
    let (word, user) = (password.revealed, login.user)
    let status = try await complete(session) { session in
      libssh2_userauth_password_ex(
        session.pointer, user, UInt32(user.utf8.count), word, UInt32(word.utf8.count), nil)
    }
    if status == 0 { return true }
    if status == LIBSSH2_ERROR_PASSWORD_EXPIRED {
      record.refused("the password, which has expired")
      return false
    }
    try await refused(session, "the password", login, &record)
    return false
  }

  /// Asks for the password, once for the whole fleet, and gives it.
  func tryAskedPassword(
    _ session: Session, _ login: Login, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    guard record.offers("password") else { return try await tryKeyboard(session, nil, login, &record) }
    let secrets = login.keys.secrets
    guard secrets.canAsk else {
      record.skipped("not a password (none is given, and there is no terminal to ask)")
      return false
    }
    let user = MessageText.clean(login.user, limit: 40)
    let question = LoginQuestion(.password, text: "password of \(user): ")
    guard let password = try await asking(login, { await secrets.answer(to: question) }) else {
      record.skipped("not a password (none was given)")
      return false
    }
    return try await tryPassword(session, password, login, &record)
  }

  /// Answers the server's questions with the password, where it asks for nothing else, and a person's answers.
  func tryKeyboard(
    _ session: Session, _ password: Secret?, _ login: Login, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    let name = password == nil ? "keyboard-interactive" : "the password by keyboard-interactive"
    guard record.offers("keyboard-interactive") else {
      record.skipped("not \(name) (not offered)")
      return false
    }
    let secrets = login.keys.secrets
    guard password != nil || secrets.canAsk else {
      record.skipped("not \(name) (there is no terminal to ask)")
      return false
    }
    let answers = PromptAnswers(password: password, place: login.place, secrets: secrets)
    session.promptAnswers = answers
    defer { session.promptAnswers = nil }
    let user = login.user
    // Unsafe: the callback finds the answers through the session (see Session+Prompts).
    let body: (Session) -> Int32 = { session in
      libssh2_userauth_keyboard_interactive_ex(
        session.pointer, user, UInt32(user.utf8.count), Session.promptCallback)
    }
    let status =
      secrets.canAsk
      ? try await completeElsewhere(session, login, body) : try await complete(session, nil, body)
    if status == 0 { return true }
    if let unanswered = answers.unanswered {
      try await refused(session, "\(name) (it asks \"\(unanswered)\", and nobody answers)", login, &record)
    } else {
      try await refused(session, name, login, &record)
    }
    return false
  }

  /// As ``complete(_:_:)``, with each call on a thread that may block while a person is asked in the middle
  /// of it. The loop leaves the transport alone meanwhile.
  private func completeElsewhere(
    _ session: Session, _ login: Login, _ body: @escaping (Session) -> Int32
  ) async throws(Failure) -> Int32 {
    cancelAlarm(loginAlarm)
    defer { loginAlarm = setAlarm(login.limit, HandshakeFailure.timedOut(login.limit)) }
    // Unsafe: while the transport is lent, nothing else enters the session or the transport, and the hand-over
    // there and back goes through queues.
    nonisolated(unsafe) let call = body
    nonisolated(unsafe) let lent = session
    session.transport.beginTurn()
    while true {
      try checkInterruption()
      session.transport.lend()
      // Not to be left behind, since libssh2 is inside the session until it ends.
      let status = await BlockingWork.run { call(lent) }
      session.transport.takeBack()
      guard session.mustWait(status) else { return status }
      try await pause(session)
    }
  }
}
