import Fleet

/// A channel to a host behind a jump host that is being opened; on the event loop of both connections.
final class ChannelOpening {
  let host: String
  let port: UInt16
  let transport: ChannelTransport
  /// Set once, by the relay.
  var outcome: Result<ChannelTransport, Failure>?
  /// Nobody waits for it any more.
  private(set) var isCancelled = false
  /// The jump host was asked; before, the opening waits for others.
  private(set) var hasBegun = false

  init(host: String, port: UInt16, transport: ChannelTransport) {
    self.host = host
    self.port = port
    self.transport = transport
  }

  func began() {
    guard !hasBegun else { return }
    hasBegun = true
    transport.onEvent()
  }

  func cancel() { isCancelled = true }

  /// What the jump host's refusal means. libssh2 gives its own words for the reason codes of RFC 4254, 5.1.
  func refusal(_ text: String) -> Failure {
    let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let hint =
      text.contains("prohibited")
      ? "allow it in the jump host's sshd_config: AllowTcpForwarding yes, and PermitOpen"
      : "check from the jump host that the node is up and that sshd listens there"
    return Failure(.connectFailed, "connect to \(MessageText.clean(place)): \(text)", hint: hint)
  }
}
