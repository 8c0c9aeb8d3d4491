import Fleet

/// The traffic on one channel: each ``turn(_:scratch:)`` does what can be done without waiting.
///
/// It belongs to its connection.
protocol ChannelExchange: AnyObject {
  /// Moves what can be moved.
  ///
  /// - Parameter scratch: room for what is read, used during the call only.
  func turn(_ session: Session, scratch: UnsafeMutableRawBufferPointer) throws(Failure) -> ExchangeTurn

  /// Bytes that have moved, either way; grows only.
  var moved: UInt64 { get }
  /// Bytes of input that were sent.
  var bytesSent: Int64 { get }
  /// Nothing of the input is left here, but for what the socket has not taken yet.
  var inputIsSent: Bool { get }
  /// What it means when nothing moves.
  var silence: Silence { get }
  /// Calls `action`, from any thread, when there is more to send after it had to wait.
  func whenReleased(_ action: @escaping @Sendable () -> Void)
}

/// What came of a turn.
enum ExchangeTurn {
  /// There is more to do; others first.
  case more
  /// Nothing can be done before the transport has something new.
  case blocked
  /// The other side has sent everything and closed the channel.
  case ended
}
