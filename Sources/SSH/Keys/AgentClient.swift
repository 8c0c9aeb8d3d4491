import Glibc

/// Speaks with an ssh-agent (draft-miller-ssh-agent, sections 3.5 and 3.6). Its calls block for a while at
/// most.
struct AgentClient: Sendable {
  let socketPath: String

  /// One key that the agent holds.
  struct Identity: Sendable, Equatable {
    let publicKey: PublicKey
    let comment: String
  }

  private enum Message {
    static let requestIdentities: UInt8 = 11
    static let identities: UInt8 = 12
    static let signRequest: UInt8 = 13
    static let signResponse: UInt8 = 14
  }

  /// RSA_SHA2_512, without which an agent signs with SHA-1.
  private static let rsaSHA512: UInt32 = 4

  /// The keys, in the agent's order.
  func identities() throws(SigningError) -> [Identity] {
    var reader = try exchange([Message.requestIdentities], seconds: 5)
    guard reader.byte() == Message.identities, let count = reader.uint32() else {
      throw SigningError(text: "the agent did not list its keys")
    }
    var list: [Identity] = []
    for _ in 0..<min(count, 1000) {
      guard let blob = reader.string(), let comment = reader.text() else {
        throw SigningError(text: "the agent's list of keys is damaged")
      }
      if let key = PublicKey(blob: blob) { list.append(Identity(publicKey: key, comment: comment)) }
    }
    return list
  }

  /// A signature of `data`, without the algorithm's name. The agent may ask its user, who has a minute.
  func sign(_ data: [UInt8], with key: PublicKey) throws(SigningError) -> [UInt8] {
    var request = WireWriter()
    request.byte(Message.signRequest)
    request.string(key.blob)
    request.string(data)
    let type = key.plainType
    request.uint32(type == "ssh-rsa" ? Self.rsaSHA512 : 0)
    var reader = try exchange(request.bytes, seconds: 60)
    guard reader.byte() == Message.signResponse, let signature = reader.string() else {
      throw SigningError(text: "the agent refused to sign")
    }
    var parts = WireReader(signature)
    guard let algorithm = parts.text(), let bytes = parts.string() else {
      throw SigningError(text: "the agent's signature is damaged")
    }
    guard algorithm == (type == "ssh-rsa" ? "rsa-sha2-512" : type) else {
      throw SigningError(text: "the agent signed with \(MessageText.clean(algorithm, limit: 40))")
    }
    return bytes
  }

  /// Sends one request on a connection of its own and reads the answer.
  private func exchange(_ request: [UInt8], seconds: Int) throws(SigningError) -> WireReader {
    let descriptor = try open(seconds: seconds)
    defer { close(descriptor) }
    var message = WireWriter()
    message.string(request)
    try send(descriptor, message.bytes)
    var header = WireReader(try receive(descriptor, 4))
    // 256 KiB is the agent's own limit for a message.
    guard let count = header.uint32(), count > 0, count <= 256 << 10 else {
      throw SigningError(text: "the agent's answer is damaged")
    }
    return WireReader(try receive(descriptor, Int(count)))
  }

  private func open(seconds: Int) throws(SigningError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(socketPath.utf8)
    guard !path.isEmpty, path.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw SigningError(text: "the agent's socket has no usable path")
    }
    // Unsafe: the path and its final zero, which is there already, fit, as was checked.
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SigningError(text: SystemError(errno).text) }
    // These limit every call below, the connect too (socket(7)).
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    let status = withUnsafePointer(to: &address) { pointer in
      // Unsafe: a sockaddr_un begins as a sockaddr does, and its own size is given.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else {
      let text = SystemError(errno).text
      close(descriptor)
      throw SigningError(text: "connect to the agent: \(text)")
    }
    return descriptor
  }

  private func send(_ descriptor: Int32, _ bytes: [UInt8]) throws(SigningError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw SigningError(text: "ask the agent: \(SystemError(errno).text)")
      }
    }
  }

  private func receive(_ descriptor: Int32, _ count: Int) throws(SigningError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes[filled...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if got > 0 {
        filled += got
      } else if got == 0 {
        throw SigningError(text: "the agent hung up")
      } else if errno != EINTR {
        throw SigningError(text: errno == EAGAIN ? "the agent does not answer" : SystemError(errno).text)
      }
    }
    return bytes
  }
}

/// A key that an agent keeps.
struct AgentSigner: Signer {
  let agent: AgentClient
  let publicKey: PublicKey
  let comment: String

  func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8] {
    try await BlockingWork.run { [agent, publicKey] in
      Result { () throws(SigningError) in try agent.sign(data, with: publicKey) }
    }.get()
  }
}
