import Fleet
import FoundationEssentials
import Synchronization

/// The host keys of the known_hosts files, read once, when they are first asked for.
///
/// libssh2's own reader is not used: it stops at the first bad line and knows neither wildcards nor markers.
final class KnownHosts: Sendable {
  /// What the files say about a host's key.
  enum Verdict {
    /// It is known, on this line.
    case known(KnownHostsLine)
    case revoked(KnownHostsLine)
    /// The host has another key of this type.
    case changed(KnownHostsLine)
    /// The host has keys, but none of this type.
    case otherTypes([KnownHostsLine])
    case unknown
  }

  private let files: [String]
  private let lines = Mutex<[KnownHostsLine]?>(nil)
  /// Held while a key is written, which may wait for the file's lock; readers of the lines do not wait with
  /// it.
  private let writing = Mutex<Void>(())

  init(files: [String]) { self.files = files }

  /// The types of the host's known keys, in the order of the files. May read the files.
  func keyTypes(of host: HostName) -> [String] {
    var types: [String] = []
    for line in all() where line.marker == .none && host.isNamed(by: line) {
      if !types.contains(line.key.type) { types.append(line.key.type) }
    }
    return types
  }

  /// What the files say about `key` as the key of `host`. May read the files.
  func verdict(_ key: PublicKey, of host: HostName) -> Verdict {
    Self.verdict(key, of: host, in: all())
  }

  /// Appends the key to `file` unless it is known by now; from any thread, and it may block on the file's
  /// lock.
  ///
  /// The lock and a fresh look at the file make sure that the key is written once, also by several processes.
  /// - Returns: the verdict after the fresh look, `.unknown` when the key was written.
  func append(_ key: PublicKey, of host: HostName, to file: String) throws(Failure) -> Verdict {
    try writing.withLock { _ throws(Failure) in
      // Another connection may have met the same key a moment ago.
      if case .known(let line) = verdict(key, of: host) { return .known(line) }
      let text = "\(host.name) \(key.type) \(key.base64)"
      let verdict = try KnownHostsAppender(path: file).append(text) { content in
        Self.verdict(key, of: host, in: Self.parse(content, file: file))
      }
      switch verdict {
      case .unknown, .known:
        if let line = KnownHostsLine(text[...], location: file) { lines.withLock { $0?.append(line) } }
      default:
        break
      }
      return verdict
    }
  }

  private func all() -> [KnownHostsLine] {
    lines.withLock { lines in
      if let lines { return lines }
      let read = files.flatMap { file in
        (try? Data(contentsOf: URL(filePath: file))).map { Self.parse($0, file: file) } ?? []
      }
      lines = read
      return read
    }
  }

  private static func parse(_ content: some Collection<UInt8>, file: String) -> [KnownHostsLine] {
    let text = String(decoding: content, as: UTF8.self)
    var lines: [KnownHostsLine] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if let line = KnownHostsLine(line, location: "\(file):\(index + 1)") { lines.append(line) }
    }
    return lines
  }

  private static func verdict(_ key: PublicKey, of host: HostName, in lines: [KnownHostsLine]) -> Verdict {
    let named = lines.filter { $0.marker != .certAuthority && host.isNamed(by: $0) }
    if let line = named.first(where: { $0.marker == .revoked && $0.key == key }) { return .revoked(line) }
    let known = named.filter { $0.marker == .none }
    if let line = known.first(where: { $0.key == key }) { return .known(line) }
    // Lines about the host without its port say only what is known, never that something is wrong.
    let own = known.filter { $0.matches(host.name) }
    if let line = own.first(where: { $0.key.type == key.type }) { return .changed(line) }
    return own.isEmpty ? .unknown : .otherTypes(own)
  }
}

extension HostName {
  fileprivate func isNamed(by line: KnownHostsLine) -> Bool {
    line.matches(name) || fallback.map(line.matches) ?? false
  }
}
