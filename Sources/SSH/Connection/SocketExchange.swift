import CLibSSH2
import Fleet

/// The traffic with a Unix socket on the node: one dialogue on an open channel.
final class SocketExchange: ChannelExchange {
  private let bytes: ChannelBytes
  private let dialogue: any SocketDialogue
  private var hasSentEnd = false
  private(set) var bytesSent: Int64 = 0

  init(channel: OpaquePointer, dialogue: any SocketDialogue) {
    bytes = ChannelBytes(channel)
    self.dialogue = dialogue
    bytes.reserve(ChannelBytes.bufferSize)
  }

  /// By the dialogue's own account: what its protocol says by itself must not hide that nothing gets on.
  var moved: UInt64 { dialogue.progress }
  var inputIsSent: Bool { hasSentEnd }
  var silence: Silence { dialogue.silence }
  func whenReleased(_ action: @escaping @Sendable () -> Void) { dialogue.whenReleased(action) }

  func turn(_ session: Session, scratch: UnsafeMutableRawBufferPointer) throws(Failure) -> ExchangeTurn {
    session.transport.beginTurn()
    let received = session.transport.received
    reading: while true {
      switch bytes.read(session, 0, scratch) {
      case .bytes(let said): try dialogue.receive(said)
      case .nothing: break reading
      case .lost: throw lost(session)
      }
    }
    let hasHeardEnd = libssh2_channel_eof(bytes.channel) != 0
    if hasHeardEnd {
      let status = libssh2_channel_wait_closed(bytes.channel)
      if status == 0 { return .ended }
      guard session.mustWait(status) else { throw lost(session) }
    }
    var share = ChannelBytes.share
    while share > 0, session.transport.backlog == 0, !hasSentEnd {
      if !bytes.hasUnsent {
        // sshd closes the channel only when both sides have ended.
        if dialogue.mustWait, !hasHeardEnd { break }
        bytes.stage(hasHeardEnd ? 0 : try dialogue.read(into: bytes.buffer))
        if !bytes.hasUnsent {
          let status = libssh2_channel_send_eof(bytes.channel)
          if session.mustWait(status) { break }
          guard status == 0 else { throw lost(session) }
          hasSentEnd = true
          break
        }
      }
      guard case .took(let count) = try write(session) else { break }
      share -= count
      bytesSent += Int64(count)
    }
    // Writing takes in what has come meanwhile, and no event will tell of that again.
    return share <= 0 || session.transport.received != received ? .more : .blocked
  }

  private func write(_ session: Session) throws(Failure) -> ChannelBytes.Written {
    let written = bytes.write(session)
    switch written {
    case .took, .notNow: break
    case .closed: hasSentEnd = true
    case .lost: throw lost(session)
    }
    return written
  }

  private func lost(_ session: Session) -> Failure {
    let reason = session.transport.ending?.text ?? session.lastErrorText
    return Failure(.connectionLost, "the connection broke while a socket of the node was in use: \(reason)")
  }
}
