/// One side of a conversation with a daemon at a Unix socket of a node: what it says is read from it as a
/// ``ByteStream``, what it hears it is given.
///
/// It is used by one thread at a time. ``ByteStream/mustWait`` says that it has nothing to say before it has heard more;
/// the end of what it says ends the conversation.
public protocol SocketDialogue: ByteStream {
  /// Takes what the daemon said.
  func receive(_ bytes: UnsafeRawBufferPointer) throws(Failure)

  /// Neither side has anything to say for now, so silence is no stall.
  var isResting: Bool { get }
}
