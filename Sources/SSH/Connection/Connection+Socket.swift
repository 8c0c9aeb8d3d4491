import CLibSSH2
import Fleet

// Unix sockets of the node, through channels that sshd connects to them.
extension Connection {
  /// Talks to whatever listens at `path`, beside one command at most; see ``SSHRemote/converse(with:at:limits:)``.
  func converse(
    with dialogue: any SocketDialogue, at path: String, limits: CommandLimits
  ) async throws(Failure) {
    try await onLane { session, lane throws(Failure) in
      let alarm = self.setAlarm(
        limits.deadline,
        Failure(
          .commandTimeout, "the socket's answer took longer than \((limits.deadline ?? .zero).seconds)"), lane
      )
      defer { self.cancelAlarm(alarm) }
      self.freeLingering(session)
      let channel = try await self.openingAlone(lane) { () throws(Failure) in
        try await self.openChannel(session, lane, .socket(path))
      }
      do throws(Failure) {
        let exchange = SocketExchange(channel: channel, dialogue: dialogue)
        try await self.pump(session, lane, exchange, limits)
        try await self.close(session, lane, channel)
        libssh2_channel_free(channel)
      } catch {
        // With the session, its channels are gone.
        if self.ended == nil { self.abandon(session, channel, because: error) }
        throw error
      }
    }
  }
}
