import CLibSSH2
import Fleet

/// What a command's channel said at its end, and what that means.
struct CommandVerdict {
  /// The status of the channel (RFC 4254, 6.10); libssh2 says 0 when none came.
  let exitStatus: Int32
  /// The signal's name without "SIG"; nil when the command ended by itself.
  let exitSignal: String?

  /// Reads a channel that both sides have closed.
  init(_ channel: OpaquePointer, _ session: Session) {
    exitStatus = libssh2_channel_get_exit_status(channel)
    var name: UnsafeMutablePointer<CChar>?
    var length = 0
    // Unsafe: the name is a copy of ours, freed below with the session's allocator; the other results are not
    // wanted.
    libssh2_channel_get_exit_signal(channel, &name, &length, nil, nil, nil, nil)
    exitSignal = name.map { MessageText.clean(UnsafeRawBufferPointer(start: $0, count: length), limit: 20) }
    if let name { libssh2_free(session.pointer, name) }
  }

  init(exitStatus: Int32, exitSignal: String?) {
    self.exitStatus = exitStatus
    self.exitSignal = exitSignal
  }

  /// The command's result, when it is known that it ran to its end.
  ///
  /// - Parameters:
  ///   - trailer: the status that the command's wrapper reported.
  ///   - started: the wrapper reported that the command was started.
  ///   - escalation: the status of sudo or its like, where that is not the channel's.
  ///   - text: what was printed, for messages.
  /// - Returns: the status; a failure when the outcome is not known or the command was not even started.
  func status(
    trailer: Int32?, started: Bool, escalation: Int32? = nil, text: @autoclosure () -> [UInt8]
  ) throws(Failure) -> Int32 {
    // 128 + n is how a shell would report it; the signal's name is what counts.
    if exitSignal != nil { return trailer ?? exitStatus }
    if let trailer {
      // A shell around the wrapper may have failed later; a difference is never a success.
      return trailer == 0 ? exitStatus : trailer
    }
    if started {
      throw Failure(
        .connectionLost, "the command's channel ended without a status of the command",
        hint: "whether it ran to its end is not known")
    }
    throw Self.notStarted(escalation ?? exitStatus, MessageText.clean(text()))
  }

  /// The wrapper never ran: sudo or the login shell refused.
  private static func notStarted(_ status: Int32, _ text: String) -> Failure {
    let said = text.isEmpty ? "exit \(status)" : "exit \(status): \(text)"
    func has(_ words: String...) -> Bool { words.contains { text.contains($0) } }
    if has("must have a tty", "must be run from a terminal", "a tty is required") {
      return Failure(
        .sudoTerminalNeeded, "become root: \(said)",
        hint: "take requiretty out of the node's sudoers, or install script (util-linux) there")
    }
    if has("a password is required", "a terminal is required", "askpass", "Authentication required") {
      return Failure(
        .sudoPasswordNeeded, "become root: \(said)",
        hint: has("doas")
          ? "permit the user to become root without a password (doas.conf, nopass)"
          : "give the become password, or allow the user to become root without one (sudoers, NOPASSWD)")
    }
    if has(
      "incorrect password", "no password was provided", "uthentication failure", "try again",
      "Authentication failed", "incorrect authentication")
    {
      return Failure(
        .sudoPasswordWrong, "become root: \(said)", hint: "check the become password of this node")
    }
    if has("not in the sudoers", "may not run sudo", "is not allowed to", "Operation not permitted") {
      return Failure(
        .sudoDenied, "become root: \(said)", hint: "allow this user to use sudo, or log in as root")
    }
    if status == 127, has("sudo", "doas", "su:") {
      return Failure(
        .sudoDenied, "become root: \(said)", hint: "install it on the node, or log in as root")
    }
    return Failure(.remoteExit, "the login shell did not start the command: \(said)")
  }
}
