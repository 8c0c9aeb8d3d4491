import CLibSSH2
import Fleet
import Inventory

/// The traffic of one command on an open channel: its input, its two outputs, the marks in between.
///
/// Each ``turn(_:scratch:)`` does what can be done without waiting. It belongs to its connection.
final class CommandExchange {
  enum Turn {
    /// There is more to do; others first.
    case more
    /// Nothing can be done before the transport has something new.
    case blocked
    /// The other side has sent everything and closed the channel.
    case ended
  }

  /// Where the input stands.
  private enum Stage {
    /// Nothing is sent before the command has started.
    case held
    case sendingPassword
    case streaming
    case sendingEnd
    case done
  }

  private let channel: OpaquePointer
  private(set) var frame: CommandFrame
  private let password: Secret?
  private let input: (any ByteStream)?
  private let outputLimit: Int
  private let trial: Trial?
  private var stage: Stage

  /// Allocated once, when the first byte is read from the input.
  private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// The part of the buffer that the channel has not taken.
  private var unsent = 0..<0

  private(set) var standardOutput: [UInt8] = []
  private(set) var truncated = false
  private(set) var bytesSent: Int64 = 0
  /// Bytes of the command's own that have moved, either way; grows only.
  private(set) var moved: UInt64 = 0

  /// libssh2 makes packets of 32 KiB of it; one read of the source serves eight of them.
  private static let bufferSize = 256 << 10
  /// A stream that never has to wait has its turn taken away after this much.
  private static let share = 1 << 20

  init(
    channel: OpaquePointer, frame: CommandFrame, password: Secret?, input: (any ByteStream)?,
    outputLimit: Int, trial: Trial? = nil
  ) {
    self.trial = trial
    self.channel = channel
    self.frame = frame
    self.password = password
    self.input = input
    self.outputLimit = outputLimit
    stage = frame.awaitsStart ? .held : input == nil ? .sendingEnd : .streaming
  }

  deinit {
    buffer.deallocate()
  }

  /// Nothing of the input is left here, but for what the socket has not taken yet.
  var inputIsSent: Bool {
    if case .done = stage { true } else { false }
  }

  /// The rest of the input may not be sent yet.
  var isHeldBack: Bool {
    if case .streaming = stage, let input { input.mustWait } else { false }
  }

  /// Calls `action`, from any thread, when the input goes on after it had to wait.
  func whenReleased(_ action: @escaping @Sendable () -> Void) { input?.whenReleased(action) }

  /// The marks and the kept standard error; at the end.
  func finishFrame() -> [UInt8] { frame.finish() }

  /// Moves what can be moved. Throws when the connection is lost, the input fails or sudo refuses the
  /// password.
  ///
  /// - Parameter scratch: room for what is read, used during the call only.
  func turn(_ session: Session, scratch: UnsafeMutableRawBufferPointer) throws(Failure) -> Turn {
    session.transport.beginTurn()
    let received = session.transport.received
    try readOutputs(session, scratch)
    // EOF alone does not end it: a command may close its outputs and go on reading.
    if libssh2_channel_eof(channel) != 0 {
      let status = libssh2_channel_wait_closed(channel)
      if status == 0 { return .ended }
      guard session.mustWait(status) else { throw lost(session) }
    }
    let share = try writeInput(session)
    // Writing takes in what has come meanwhile, and no event will tell of that again.
    return share <= 0 || session.transport.received != received ? .more : .blocked
  }

  // MARK: Output

  private func readOutputs(_ session: Session, _ scratch: UnsafeMutableRawBufferPointer) throws(Failure) {
    // They share a window: one that is not read holds up the other.
    while let bytes = try read(session, 0, scratch) {
      let bytes = frame.output(bytes)
      let room = outputLimit - standardOutput.count
      if bytes.count > room { truncated = true }
      if room > 0 { standardOutput.append(contentsOf: bytes.prefix(room)) }
    }
    while let bytes = try read(session, SSH_EXTENDED_DATA_STDERR, scratch) {
      switch frame.receive(bytes) {
      case .wait: break
      case .sendPassword: stagePassword()
      case .started:
        if stage == .held { stage = input == nil ? .sendingEnd : .streaming }
        trial?.end(frame.hasGivenPassword ? .accepted : .unknown)
      case .notStarted:
        // What waits for input on the node in front of the command ends with it.
        stage = .sendingEnd
      case .passwordWrong:
        throw Failure(
          .sudoPasswordWrong, "become root: the password is wrong",
          hint: "check the become password of this node")
      }
    }
  }

  /// The next bytes of one output; nil when there are none now.
  private func read(
    _ session: Session, _ stream: Int32, _ scratch: UnsafeMutableRawBufferPointer
  ) throws(Failure) -> UnsafeRawBufferPointer? {
    // Unsafe: libssh2 writes at most scratch.count bytes; the result is used up before the next call.
    let count = libssh2_channel_read_ex(
      channel, stream, scratch.baseAddress?.assumingMemoryBound(to: CChar.self), scratch.count)
    if count > 0 {
      moved &+= UInt64(count)
      return UnsafeRawBufferPointer(rebasing: scratch[..<count])
    }
    guard count == 0 || session.mustWait(Int32(truncatingIfNeeded: count)) else { throw lost(session) }
    return nil
  }

  // MARK: Input

  /// Writes until the channel, the transport or the share says stop; returns what is left of the share.
  private func writeInput(_ session: Session) throws(Failure) -> Int {
    var share = Self.share
    while share > 0, session.transport.backlog == 0 {
      switch stage {
      case .held, .done:
        return share
      case .sendingEnd:
        let status = libssh2_channel_send_eof(channel)
        if session.mustWait(status) { return share }
        guard status == 0 else { throw lost(session) }
        stage = .done
      case .sendingPassword:
        guard let count = try write(session) else { return share }
        share -= count
        if unsent.isEmpty {
          erasePassword()
          stage = .held
        }
      case .streaming:
        if unsent.isEmpty, isHeldBack { return share }
        if unsent.isEmpty, try !fill() {
          stage = .sendingEnd
          continue
        }
        guard let count = try write(session) else { return share }
        share -= count
        bytesSent += Int64(count)
      }
    }
    return share
  }

  /// Gives the channel the unsent bytes; returns how many it took, nil when it takes none now or never again.
  private func write(_ session: Session) throws(Failure) -> Int? {
    // Unsafe: the range lies within the buffer. After EAGAIN libssh2 wants the same bytes again; they stay in
    // place.
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[unsent])
    let count = libssh2_channel_write_ex(
      channel, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    let status = Int32(truncatingIfNeeded: count)
    switch status {
    case 1...:
      moved &+= UInt64(count)
      unsent = unsent.lowerBound + count..<unsent.upperBound
      return count
    case 0:
      return nil
    case _ where session.mustWait(status):
      // The window is closed, or a rekey is under way. Nothing is half sent (see Transport), so reading may
      // go on.
      return nil
    case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT:
      // The command ended without reading everything; what it said and its status are still to come.
      stage = .done
      return nil
    default:
      throw lost(session)
    }
  }

  /// Reads more of the input; returns false at its end.
  private func fill() throws(Failure) -> Bool {
    guard let input else { return false }
    if buffer.count < Self.bufferSize { replaceBuffer(Self.bufferSize) }
    let count = try input.read(into: buffer)
    precondition(count >= 0 && count <= buffer.count, "a stream returned more than there was room for")
    unsent = 0..<count
    return count > 0
  }

  private func stagePassword() {
    guard let password else { return }
    let line = Array(password.revealed.utf8) + [UInt8(ascii: "\n")]
    replaceBuffer(line.count)
    buffer.copyBytes(from: line)
    unsent = 0..<line.count
    stage = .sendingPassword
  }

  private func erasePassword() {
    // Unsafe: the whole of an allocation of ours. It is not kept in memory longer than it takes to send it.
    _ = buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  private func replaceBuffer(_ size: Int) {
    buffer.deallocate()
    buffer = .allocate(byteCount: size, alignment: 16)
    unsent = 0..<0
  }

  private func lost(_ session: Session) -> Failure {
    let reason = session.transport.ending?.text ?? session.lastErrorText
    let state = frame.hasStarted ? "while the command ran" : "before the command started"
    return Failure(.connectionLost, "the connection broke \(state): \(reason)")
  }
}
