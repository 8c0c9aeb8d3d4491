import CLibSSH2
import Fleet
import Glibc

/// What a failed handshake means.
enum HandshakeFailure {
  static func timedOut(_ limit: Duration) -> Failure {
    Failure(
      .loginTimeout, "key exchange and login: not done within \(limit.seconds)",
      hint:
        "the port answers, but sshd is slow or something else listens there; look at the node's load"
    )
  }

  /// - Parameter ours: what the session offered.
  static func failure(_ session: Session, status: Int32, ours: Algorithms) -> Failure {
    let text = session.lastErrorText
    if case .relay(let reason)? = session.transport.ending {
      return Failure(.connectionLost, "key exchange: \(TransportEnding.relay(reason).text)")
    }
    // libssh2 keeps the last line it saw, whatever that is.
    guard let banner = session.banner, banner.hasPrefix("SSH-") else {
      return withoutBanner(session, text)
    }
    if let missing = ServerOffer(received: session.beginning)?.missing(ours) {
      return noCommon(missing, banner)
    }
    let reason = session.transport.ending?.text ?? text
    guard status == LIBSSH2_ERROR_KEX_FAILURE || status == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE else {
      if session.transport.ending != nil {
        return Failure(.connectDropped, "key exchange with \(banner): \(reason)", hint: "try again later")
      }
      return Failure(.handshakeFailed, "key exchange with \(banner): \(reason)")
    }
    if session.transport.ending != nil {
      return Failure(.connectDropped, "key exchange with \(banner): \(reason)", hint: "try again later")
    }
    return Failure(
      .handshakeFailed, "key exchange with \(banner): \(text)", hint: "update the node's OpenSSH")
  }

  /// Both sides are there, and one of the lists has nothing that the other knows or is willing to use.
  private static func noCommon(
    _ missing: (what: String, offered: [String], keyword: String), _ banner: String
  ) -> Failure {
    let offered = MessageText.clean(missing.offered.joined(separator: ","), limit: 300)
    let isRSA = missing.what == "host key" && missing.offered.contains { $0.hasPrefix("rsa-sha2-") }
    let hint =
      isRSA && !LibSSH2.knowsRSAWithSHA2
      ? "this build's libssh2 \(LibSSH2.version) cannot check RSA host keys; run `ssh-keygen -A` on the node, which"
        + " adds an ed25519 one, or use libssh2 1.11"
      : "weak algorithms are not used; let the node's sshd_config offer others (\(missing.keyword)), or update its"
        + " OpenSSH"
    return Failure(
      .noCommonAlgorithm, "key exchange with \(banner): no common \(missing.what); the node has \(offered)",
      hint: hint)
  }

  private static func withoutBanner(_ session: Session, _ text: String) -> Failure {
    if session.flooded {
      return Failure(
        .handshakeFailed, "no SSH banner in the first \(Session.longestPreamble >> 10) KiB", hint: notSSH)
    }
    guard let ending = session.transport.ending else {
      return Failure(.handshakeFailed, "no SSH banner: \(text)", hint: notSSH)
    }
    if session.transport.received > 0 {
      let line = session.banner.map { " but \"\($0)\"" } ?? ""
      return Failure(.handshakeFailed, "no SSH banner\(line): \(ending.text)", hint: notSSH)
    }
    return Failure(
      .connectDropped, "\(ending.text) before its banner",
      hint: "sshd drops connections above MaxStartups and from penalised addresses; fewer at a time, or later"
    )
  }

  private static let notSSH = "something other than sshd listens on this port"
}
