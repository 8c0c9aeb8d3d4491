import CLibSSH2
import Fleet

// Both sides of a jump: a connection that carries others, and one that is carried.
extension Connection {
  /// How a jump host's connection is watched when its configuration does not say: those behind it may be
  /// silent for long while a bastion forgets idle connections.
  private static let keepAlive = KeepAlive(interval: .seconds(15), count: 3)

  /// Makes this connection, which is logged in and has nothing else to do, carry others until it ends.
  func carryOthers(keepAlive: KeepAlive?) {
    guard let session, gate.tryEnterAlone() else { return }
    let relay = Relay(session) { [weak self] in
      self?.assumeIsolated { $0.wake() }
    } scheduleWake: { [weak self, loop] instant in
      _ = loop.schedule(at: instant) { self?.assumeIsolated { $0.wake() } }
    }
    self.relay = relay
    beginOperation()
    Task(executorPreference: loop) { await self.carry(keepAlive ?? Self.keepAlive) }
  }

  /// The relay's life; all lanes are taken.
  private func carry(_ keepAlive: KeepAlive) async {
    defer { gate.leaveAlone() }
    guard let relay, let session else { return }
    let watch = KeepAliveWatch(keepAlive, loop: loop, connection: self, session)
    let failure = await serve(relay, session)
    watch.stop()
    // Closing it on purpose interrupts the relay, and says goodbye once the gate is free.
    if failure.code != .cancelled { drop(failure) }
  }

  /// Returns why it ended.
  private func serve(_ relay: Relay, _ session: Session) async -> Failure {
    do throws(Failure) {
      while true {
        try checkInterruption()
        switch relay.turn(scratch: loop.scratch) {
        case .more: await loop.yieldTurn()
        case .blocked: try await pause(session)
        case .idle: try await sleep()
        case .lost(let failure): return failure
        }
      }
    } catch {
      return error
    }
  }

  /// Opens a channel of the jump host's connection to the target.
  ///
  /// - Parameter timeout: from when the jump host is asked; before, the opening may wait for others.
  func openChannel(
    through lease: HopLease, to target: SSHTarget, timeout: Duration
  ) async throws(Failure) -> any Transport {
    guard let opening = startOpening(lease, target) else {
      throw Failure(.connectionLost, "\(lease.name): the connection was lost")
    }
    var alarm: EventLoop.TimerID?
    defer { cancelAlarm(alarm) }
    do throws(Failure) {
      while true {
        if let outcome = opening.outcome { return try outcome.get() }
        if opening.hasBegun, alarm == nil {
          let place = target.host.contains(":") ? "[\(target.host)]" : target.host
          alarm = setAlarm(
            timeout,
            Failure(
              .connectTimeout,
              "connect to \(MessageText.clean(place)):\(target.port): no answer within \(timeout.seconds)",
              hint: "check from the jump host that the node is up and that no firewall drops the port"))
        }
        try await sleep()
      }
    } catch {
      opening.cancel()
      // Takes the opening out of the line, or closes the channel that came in the last moment.
      if case .success(let transport) = opening.outcome { transport.close() }
      wakeOuter(lease)
      guard error.code != .cancelled else { throw error }
      throw Failure(error.code, "through \(lease.name): \(error.message)", hint: error.hint)
    }
  }

  // Both connections belong to this loop (see HopPool), so either may enter the other's state.

  private func startOpening(_ lease: HopLease, _ target: SSHTarget) -> ChannelOpening? {
    nonisolated(unsafe) var opening: ChannelOpening?
    lease.connection.assumeIsolated { outer in
      opening = outer.relay?.open(host: target.host, port: target.port) { [weak self] in
        self?.assumeIsolated { $0.wake() }
      }
    }
    return opening
  }

  private func wakeOuter(_ lease: HopLease) { lease.connection.assumeIsolated { $0.wake() } }
}
