import Dispatch
import Inventory
import Subprocess
import Synchronization

/// This machine as a remote, for `ansible_connection: local`: the same frames, in a child process.
public struct LocalRemote: Remote {
  private let privilege: Privilege

  public init(privilege: Privilege) { self.privilege = privilege }

  public func close() async {}

  public func run(
    _ command: RemoteCommand, input: (any ByteStream)?, limits: CommandLimits
  ) async throws(Failure) -> CommandOutput {
    let child = LocalCommand(command, privilege: privilege, input: input, limits: limits)
    do {
      return try await withThrowingTaskGroup(of: CommandOutput?.self) { group in
        group.addTask { try await child.run() }
        group.addTask { try await child.watch() }
        // The child ends, or the watch throws; the other is cancelled, and the child killed with its task.
        while let output = try await group.next() {
          guard let output else { continue }
          group.cancelAll()
          return output
        }
        throw Failure(.cancelled, "interrupted")
      }
    } catch let failure as Failure {
      throw failure
    } catch is CancellationError {
      throw Failure(.cancelled, "interrupted")
    } catch {
      throw Failure(.remoteExit, "cannot run a command on this machine: \(PrintableText.line("\(error)"))")
    }
  }
}

/// One command in one child process.
private final class LocalCommand: Sendable {
  private struct State {
    var frame: CommandFrame
    var output: [UInt8] = []
    var dropped = false
    var sent: Int64 = 0
    var lastProgress = ContinuousClock.now
    var passwordWrong = false
    /// When the last of the input was written.
    var inputEnd: ContinuousClock.Instant?
  }

  private let state: Mutex<State>
  private let text: String
  private let awaitsStart: Bool
  private let password: Secret?
  private let input: (any ByteStream)?
  private let limits: CommandLimits

  init(_ command: RemoteCommand, privilege: Privilege, input: (any ByteStream)?, limits: CommandLimits) {
    let nonce = String(UInt64.random(in: .min ... .max), radix: 36)
    let frame = CommandFrame(command, privilege: privilege, nonce: nonce, limit: limits.outputBytes)
    text = frame.text
    awaitsStart = frame.awaitsStart
    password = privilege.password
    self.input = input
    self.limits = limits
    state = Mutex(State(frame: frame))
  }

  func run() async throws -> CommandOutput {
    let (steps, continuation) = AsyncStream.makeStream(of: CommandFrame.Step.self)
    let result = try await Subprocess.run(
      .name("sh"), arguments: ["-c", text], input: .inputWriter, output: .sequence, error: .sequence
    ) { execution in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.readOutput(execution.standardOutput) }
        group.addTask {
          defer { continuation.finish() }
          try await self.readErrors(execution.standardError, steps: continuation)
        }
        group.addTask { await self.write(to: execution.standardInputWriter, steps: steps) }
        try await group.waitForAll()
      }
    }
    return try state.withLock { state in
      let errors = state.frame.finish()
      if state.passwordWrong {
        throw Failure(
          .sudoPasswordWrong, "become root: the password is wrong", hint: "check ansible_become_password")
      }
      var signal: String?
      var status = state.frame.status ?? -1
      switch result.terminationStatus {
      case .exited(let code): status = state.frame.status ?? Int32(code)
      case .signaled(let number): signal = "\(number)"
      }
      return CommandOutput(
        status: status, signal: signal, standardOutput: state.output, standardError: errors,
        truncated: state.dropped || state.frame.truncated, bytesSent: state.sent)
    }
  }

  /// Throws when the deadline passes or nothing moves for the stall timeout.
  func watch() async throws -> CommandOutput? {
    let start = ContinuousClock.now
    while true {
      try await Task.sleep(for: .milliseconds(200))
      let now = ContinuousClock.now
      if let deadline = limits.deadline, now - start > deadline {
        throw Failure(.commandTimeout, "no end after \(deadline)")
      }
      let (progress, inputEnd) = state.withLock { ($0.lastProgress, $0.inputEnd) }
      if let inputEnd, let time = limits.afterInput {
        if now - inputEnd > time { throw Failure(.commandTimeout, "no end \(time) after its input was sent") }
      } else if let stall = limits.stall, now - progress > stall {
        throw Failure(.stalled, "no byte moved for \(stall)")
      }
    }
  }

  private func readOutput(_ sequence: SubprocessOutputSequence) async throws {
    for try await buffer in sequence {
      state.withLock { state in
        state.lastProgress = .now
        buffer.withUnsafeBytes { bytes in
          let bytes = state.frame.output(bytes)
          let room = limits.outputBytes - state.output.count
          if bytes.count > room { state.dropped = true }
          state.output.append(contentsOf: bytes.prefix(max(0, room)))
        }
      }
    }
  }

  private func readErrors(
    _ sequence: SubprocessOutputSequence, steps: AsyncStream<CommandFrame.Step>.Continuation
  ) async throws {
    for try await buffer in sequence {
      let step = state.withLock { state in
        state.lastProgress = .now
        return buffer.withUnsafeBytes { state.frame.receive($0) }
      }
      if step != .wait { steps.yield(step) }
    }
  }

  /// Writes the password when asked, then the input. A command that ends early breaks the pipe, which is no failure.
  private func write(to writer: StandardInputWriter, steps: AsyncStream<CommandFrame.Step>) async {
    do {
      if awaitsStart { try await answerPrompt(writer, steps) }
      if let input {
        let buffer = InputBuffer(256 << 10)
        while true {
          while input.mustWait {
            try await Task.sleep(for: .milliseconds(20))
            state.withLock { $0.lastProgress = .now }
          }
          let count = try await buffer.fill(from: input)
          guard count > 0 else { break }
          _ = try await writer.write(buffer.prefix(count))
          state.withLock {
            $0.sent += Int64(count)
            $0.lastProgress = .now
          }
        }
      }
    } catch {}
    try? await writer.finish()
    state.withLock { $0.inputEnd = .now }
  }

  private func answerPrompt(_ writer: StandardInputWriter, _ steps: AsyncStream<CommandFrame.Step>)
    async throws
  {
    for await step in steps {
      switch step {
      case .sendPassword: _ = try await writer.write(Array(((password?.revealed ?? "") + "\n").utf8))
      case .passwordWrong:
        state.withLock { $0.passwordWrong = true }
        throw CancellationError()
      case .started, .notStarted: return
      case .wait: continue
      }
    }
  }
}

/// A buffer that is filled on a thread of its own, since reading the source may wait for the disk.
private final class InputBuffer: @unchecked Sendable {
  // Filled and read in turn by one task.
  private var bytes: [UInt8]

  init(_ size: Int) { bytes = Array(repeating: 0, count: size) }

  func fill(from stream: any ByteStream) async throws(Failure) -> Int {
    let result: Result<Int, Failure> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          returning: self.bytes.withUnsafeMutableBytes { raw in
            do throws(Failure) { return .success(try stream.read(into: raw)) } catch {
              return .failure(error)
            }
          })
      }
    }
    return try result.get()
  }

  func prefix(_ count: Int) -> [UInt8] { Array(bytes.prefix(count)) }
}
