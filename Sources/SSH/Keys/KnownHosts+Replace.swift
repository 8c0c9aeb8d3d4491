import Fleet

extension KnownHosts {
  /// Puts `key` in place of the keys that the files have for the host; from any thread, and it may block.
  ///
  /// Every line about the host alone goes; from a line with several names, the host's name goes. The new line is written
  /// to `file`.
  /// - Throws: `host-key-changed` when a line names the host by a pattern, which also stands for others.
  func replace(_ key: PublicKey, of host: HostName, in file: String, hashed: Bool) throws(Failure) {
    for path in files {
      guard try hasLines(about: host, in: path) else { continue }
      try KnownHostsEditor(path: path).rewrite { content throws(Failure) in
        try Self.without(host, content, file: path)
      }
    }
    forget()
    let verdict = try append(key, of: host, to: file, hashed: hashed)
    switch verdict {
    case .unknown, .known: return
    case .changed(let line), .revoked(let line):
      throw Failure(.hostKeyChanged, "\(line.location) still has another key of this host")
    case .otherTypes(let lines):
      throw Failure(
        .hostKeyChanged, "\(lines.first?.location ?? file) still has another key of this host")
    }
  }

  private func hasLines(about host: HostName, in path: String) throws(Failure) -> Bool {
    var found = false
    guard SystemError.ofOpening(path) == nil else { return false }
    for line in Self.lines(of: path) where line.marker == .none && line.matches(host.name) { found = true }
    return found
  }

  /// The content without what it says about the host.
  static func without(_ host: HostName, _ content: [UInt8], file: String) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    var number = 0
    for bytes in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let text = String(decoding: bytes, as: UTF8.self)
      let location = "\(file):\(number)"
      guard let line = KnownHostsLine(text[...], location: location), line.marker == .none,
        line.matches(host.name)
      else {
        result += bytes + [UInt8(ascii: "\n")]
        continue
      }
      if line.isOnlyAbout(host.name) { continue }
      guard let shorter = line.text(without: host.name) else {
        throw Failure(
          .hostKeyChanged, "\(location) names the host by a pattern, which stands for others too",
          hint: "edit that line by hand")
      }
      result += Array((shorter + "\n").utf8)
    }
    // The last line's end made one line too many.
    if result.last == UInt8(ascii: "\n") { result.removeLast() }
    return result
  }
}
