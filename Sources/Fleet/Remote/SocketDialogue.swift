/// One side of a conversation with a daemon at a Unix socket of a node: what it says is read from it as a
/// ``ByteStream``, what it hears it is given.
///
/// It is used by one thread at a time. ``ByteStream/mustWait`` says that it has nothing to say before it has heard more;
/// the end of what it says ends the conversation.
public protocol SocketDialogue: ByteStream {
  /// Takes what the daemon said.
  func receive(_ bytes: UnsafeRawBufferPointer) throws(Failure)

  /// A number that changes when something gets on, whatever else is said.
  var progress: UInt64 { get }

  /// How long that number may stay now.
  var silence: Silence { get }
}

/// What it means when nothing moves on a channel.
public enum Silence: Sendable, Equatable {
  /// After the usual time, that something is stuck.
  case stall
  /// That the daemon works on what it was told, which may take so long.
  case work(Duration)
  /// Nothing: neither side has anything to say.
  case rest
}
