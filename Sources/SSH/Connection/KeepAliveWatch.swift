import CLibSSH2
import Fleet

/// Asks a silent server whether it is still there, and ends the connection when it is not.
///
/// libssh2 sends the question but looks for no answer. An answer, to this or to anything, is bytes received.
final class KeepAliveWatch {
  private let settings: KeepAlive
  private let loop: EventLoop
  private weak var connection: Connection?
  private let session: Session
  private var timer: EventLoop.TimerID?
  private var received: UInt64
  private var unanswered = 0

  init(_ settings: KeepAlive, loop: EventLoop, connection: isolated Connection, _ session: Session) {
    self.settings = settings
    self.loop = loop
    self.connection = connection
    self.session = session
    received = session.transport.received
    // The question wants an answer; two seconds are libssh2's shortest pause, and the timer here decides.
    libssh2_keepalive_config(session.pointer, 1, 2)
    arm()
  }

  func stop() {
    if let timer { loop.cancel(timer) }
    timer = nil
  }

  private func arm() {
    timer = loop.schedule(at: .now + max(.seconds(1), settings.interval)) { [weak self] in self?.check() }
  }

  private func check() {
    if session.transport.received != received {
      received = session.transport.received
      unanswered = 0
    } else if unanswered >= settings.count {
      let time = settings.interval * (settings.count + 1)
      let failure = Failure(
        .connectionLost, "the server has not answered for \(time.seconds)",
        hint: "look at the network and at the host")
      connection?.assumeIsolated { $0.interrupt(failure) }
      return
    } else {
      unanswered += 1
      ask()
    }
    arm()
  }

  private func ask() {
    // With bytes waiting, those are question enough.
    guard session.transport.ending == nil, session.transport.backlog == 0 else { return }
    var seconds: Int32 = 0
    _ = libssh2_keepalive_send(session.pointer, &seconds)
  }
}
