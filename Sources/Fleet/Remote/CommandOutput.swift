/// How long a command may take and how much of what it prints is kept.
public struct CommandLimits: Sendable, Hashable {
  /// From the start to the end of the command; nil for no limit of its own.
  public var deadline: Duration?
  /// The longest time in which neither direction moves a byte, until all input is sent, or to the end when
  /// ``afterInput`` is nil; nil for no limit.
  public var stall: Duration?
  /// How long the command may take once all of its input is sent, whatever it prints; nil for no limit.
  public var afterInput: Duration?
  /// Bytes kept of standard output and of standard error, each. What comes after is read and thrown away, so that a
  /// node that never stops talking costs no memory.
  public var outputBytes: Int

  public init(
    deadline: Duration?, stall: Duration? = nil, afterInput: Duration? = nil, outputBytes: Int = 4 << 20
  ) {
    self.deadline = deadline
    self.stall = stall
    self.afterInput = afterInput
    self.outputBytes = outputBytes
  }
}

/// What a command that ran to its end left behind.
public struct CommandOutput: Sendable, Hashable {
  public let status: Int32
  /// The signal's name without "SIG", when one ended the command.
  public let signal: String?
  public let standardOutput: [UInt8]
  /// Without gantry's own status trailer.
  public let standardError: [UInt8]
  /// More was printed than the limits let keep.
  public let truncated: Bool
  /// Bytes of standard input that the other side took.
  public let bytesSent: Int64

  public init(
    status: Int32, signal: String? = nil, standardOutput: [UInt8] = [], standardError: [UInt8] = [],
    truncated: Bool = false, bytesSent: Int64 = 0
  ) {
    self.status = status
    self.signal = signal
    self.standardOutput = standardOutput
    self.standardError = standardError
    self.truncated = truncated
    self.bytesSent = bytesSent
  }

  public var succeeded: Bool { status == 0 && signal == nil }
}
