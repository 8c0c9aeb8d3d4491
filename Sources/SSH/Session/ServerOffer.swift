/// The algorithms that a server offers: the lists of its SSH_MSG_KEXINIT (RFC 4253, section 7.1), for the message when
/// none of them is ours.
struct ServerOffer: Equatable {
  let keyExchanges: [String]
  let hostKeys: [String]
  let ciphers: [String]
  let macs: [String]

  /// Finds the packet in what the server sent first: its banner, then the packet, not yet encrypted. Nil when it has
  /// not come whole.
  init?(received bytes: [UInt8]) {
    var rest = bytes[...]
    // Other lines may come before the banner (section 4.2).
    while true {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      let line = rest[..<end]
      rest = rest[end...].dropFirst()
      if line.starts(with: "SSH-".utf8) { break }
    }
    // Section 6: the length, the padding's length, the payload.
    guard rest.count > 5 else { return nil }
    let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    let packet = rest.dropFirst(4)
    guard (22...35_000).contains(length), packet.count >= length, let padding = packet.first,
      Int(padding) < length
    else { return nil }
    var reader = WireReader(Array(packet.prefix(length - Int(padding)).dropFirst()))
    guard reader.byte() == 20, reader.skip(16) else { return nil }
    var lists: [[String]] = []
    for _ in 0..<8 {
      guard let text = reader.text() else { return nil }
      lists.append(text.split(separator: ",").map(String.init))
    }
    // Both directions have the same lists in practice; the first is that from us to the server.
    keyExchanges = lists[0].filter { !$0.hasPrefix("ext-info") && !$0.hasPrefix("kex-strict") }
    hostKeys = lists[1]
    ciphers = lists[2]
    macs = lists[4]
  }

  /// What there is no agreement on: "cipher" and what the server has; nil when there is one on everything.
  func missing(_ ours: Algorithms) -> (what: String, offered: [String], keyword: String)? {
    func isCommon(_ theirs: [String], _ ours: [String]) -> Bool { theirs.contains(where: ours.contains) }
    if !isCommon(keyExchanges, ours.keyExchanges) {
      return ("key exchange", keyExchanges, "KexAlgorithms")
    }
    if !isCommon(hostKeys, ours.hostKeys) { return ("host key", hostKeys, "HostKeyAlgorithms") }
    if !isCommon(ciphers, ours.ciphers) { return ("cipher", ciphers, "Ciphers") }
    // Ciphers that authenticate by themselves need no MAC, but libssh2 wants one to be agreed on.
    if !isCommon(macs, ours.macs) { return ("MAC", macs, "MACs") }
    return nil
  }
}
