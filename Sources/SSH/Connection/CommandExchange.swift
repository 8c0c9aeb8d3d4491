import CLibSSH2
import Fleet
import Inventory

/// The traffic of one command on an open channel: its input, its two outputs, the marks in between.
final class CommandExchange: ChannelExchange {
  /// Where the input stands.
  private enum Stage {
    /// Nothing is sent before the command has started.
    case held
    case sendingPassword
    case streaming
    case sendingEnd
    case done
  }

  private let bytes: ChannelBytes
  private(set) var frame: CommandFrame
  private let password: Secret?
  private let input: (any ByteStream)?
  private let outputLimit: Int
  private let trial: Trial?
  private var stage: Stage

  private(set) var standardOutput: [UInt8] = []
  private(set) var truncated = false
  private(set) var bytesSent: Int64 = 0

  init(
    channel: OpaquePointer, frame: CommandFrame, password: Secret?, input: (any ByteStream)?,
    outputLimit: Int, trial: Trial? = nil
  ) {
    self.trial = trial
    bytes = ChannelBytes(channel)
    self.frame = frame
    self.password = password
    self.input = input
    self.outputLimit = outputLimit
    stage = frame.awaitsStart ? .held : input == nil ? .sendingEnd : .streaming
  }

  var moved: UInt64 { bytes.moved }

  var inputIsSent: Bool {
    if case .done = stage { true } else { false }
  }

  /// Input that is held back on purpose is no stall.
  var silence: Silence { isHeldBack ? .rest : .stall }

  private var isHeldBack: Bool {
    if case .streaming = stage, let input { input.mustWait } else { false }
  }

  func whenReleased(_ action: @escaping @Sendable () -> Void) { input?.whenReleased(action) }

  /// The marks and the kept standard error; at the end.
  func finishFrame() -> [UInt8] { frame.finish() }

  /// Throws when the connection is lost, the input fails or sudo refuses the password.
  func turn(_ session: Session, scratch: UnsafeMutableRawBufferPointer) throws(Failure) -> ExchangeTurn {
    session.transport.beginTurn()
    let received = session.transport.received
    try readOutputs(session, scratch)
    // EOF alone does not end it: a command may close its outputs and go on reading.
    if libssh2_channel_eof(bytes.channel) != 0 {
      let status = libssh2_channel_wait_closed(bytes.channel)
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
    switch bytes.read(session, stream, scratch) {
    case .bytes(let bytes): return bytes
    case .nothing: return nil
    case .lost: throw lost(session)
    }
  }

  // MARK: Input

  /// Writes until the channel, the transport or the share says stop; returns what is left of the share.
  private func writeInput(_ session: Session) throws(Failure) -> Int {
    var share = ChannelBytes.share
    while share > 0, session.transport.backlog == 0 {
      switch stage {
      case .held, .done:
        return share
      case .sendingEnd:
        let status = libssh2_channel_send_eof(bytes.channel)
        if session.mustWait(status) { return share }
        guard status == 0 else { throw lost(session) }
        stage = .done
      case .sendingPassword:
        guard let count = try write(session) else { return share }
        share -= count
        if !bytes.hasUnsent {
          bytes.erase()
          stage = .held
        }
      case .streaming:
        if !bytes.hasUnsent, isHeldBack { return share }
        if !bytes.hasUnsent, try !fill() {
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
    switch bytes.write(session) {
    case .took(let count): return count
    case .notNow: return nil
    case .closed:
      // The command ended without reading everything; what it said and its status are still to come.
      stage = .done
      return nil
    case .lost:
      throw lost(session)
    }
  }

  /// Reads more of the input; returns false at its end.
  private func fill() throws(Failure) -> Bool {
    guard let input else { return false }
    bytes.reserve(ChannelBytes.bufferSize)
    bytes.stage(try input.read(into: bytes.buffer))
    return bytes.hasUnsent
  }

  private func stagePassword() {
    guard let password else { return }
    let line = Array(password.revealed.utf8) + [UInt8(ascii: "\n")]
    bytes.reserve(line.count, exactly: true)
    bytes.buffer.copyBytes(from: line)
    bytes.stage(line.count)
    stage = .sendingPassword
  }

  private func lost(_ session: Session) -> Failure {
    let reason = session.transport.ending?.text ?? session.lastErrorText
    let state = frame.hasStarted ? "while the command ran" : "before the command started"
    return Failure(.connectionLost, "the connection broke \(state): \(reason)")
  }
}
