/// What a session's packets travel through: a socket, or, behind a jump host, a channel of another session.
///
/// A transport takes every byte it is given: what does not leave at once waits in its backlog. libssh2
/// therefore never sees a packet half sent. That state is where it deadlocks when the server starts a rekey
/// and anything but the very call that was interrupted is made on the session (libssh2 issues 1672 and 2110,
/// in 1.10.0 and 1.11.1); without the state, reads may go on while a write waits. The price is paid by the
/// caller: it gives no further data while there is a backlog.
///
/// A transport belongs to the thread of its session's event loop.
protocol Transport: AnyObject {
  /// A non-blocking descriptor for libssh2_session_handshake, which looks at its flags and keeps it; the
  /// bytes go through the methods below alone.
  var descriptor: Int32 { get }

  /// Sends or queues all of `bytes`. Returns their number, or a negative errno when the connection is broken.
  func send(_ bytes: UnsafeRawBufferPointer) -> Int

  /// Reads what is there. Returns the number of bytes, 0 when the other side has ended, or a negative errno,
  /// of which -EAGAIN says that nothing is there now or that this turn has had its share.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int

  /// Bytes that were taken but have not left.
  var backlog: Int { get }

  /// A receive may find something: the last one was cut short by its share, or something came since.
  var mayReceive: Bool { get }

  /// Bytes received since the start.
  var received: UInt64 { get }

  /// A number that changes whenever bytes that were waiting leave or reach the other side; it proves progress
  /// while a session writes nothing new.
  func outgoingProgress() -> UInt64

  /// How the connection ended, once a send or receive has noticed.
  var ending: TransportEnding? { get }

  /// The other side has ended or broken the connection, although what came before may not have been read.
  var isHangingUp: Bool { get }

  /// Starts a turn: a new share of what may be received before others have theirs.
  func beginTurn()

  /// Lends it to another thread, which makes one libssh2 call: until ``takeBack()``, the loop touches nothing
  /// that sending and receiving touch.
  func lend()
  /// Ends ``lend()`` and makes up for what the loop has left out.
  func takeBack()

  /// Ends it; no further call reaches the network.
  func close()
}

/// How a transport ended.
enum TransportEnding: Equatable {
  /// The other side closed it in order.
  case closed
  /// A system call failed.
  case broken(SystemError)
  /// The connection that carries this one has ended; why.
  case relay(String)

  /// For messages: "the other side closed the connection", "connection reset by peer".
  var text: String {
    switch self {
    case .closed: "the other side closed the connection"
    case .broken(let error): error.text
    case .relay(let reason): "the way through the jump host: \(reason)"
    }
  }
}
