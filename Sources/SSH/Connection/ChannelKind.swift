/// What a channel is opened to (RFC 4254, section 5.1), and what its opening says beside that.
struct ChannelKind {
  let name: String
  /// The type's own part of SSH_MSG_CHANNEL_OPEN.
  let details: [UInt8]
  /// What is tried, for a message.
  let what: String

  var isSession: Bool { details.isEmpty }

  /// For a command (RFC 4254, section 6.1).
  static let session = ChannelKind(name: "session", details: [], what: "open a channel")

  /// To a Unix socket on the other side (OpenSSH's PROTOCOL, section 2.4).
  static func socket(_ path: String) -> ChannelKind {
    var details = WireWriter()
    details.string(path)
    // Two reserved fields.
    details.string("")
    details.uint32(0)
    return ChannelKind(
      name: "direct-streamlocal@openssh.com", details: details.bytes,
      what: "reach \(MessageText.clean(path)) through sshd")
  }
}
