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

  private struct Content {
    var lines: [KnownHostsLine] = []
    var notes: [String] = []
  }

  let files: [String]
  private let content = Mutex<Content?>(nil)
  /// Held while a key is written, which may wait for the file's lock; readers of the lines do not wait with
  /// it.
  private let writing = Mutex<Void>(())

  init(files: [String]) { self.files = files }

  /// The types of the host's known keys, in the order of the files. May read the files.
  func keyTypes(of host: HostName) -> [String] {
    var types: [String] = []
    for line in all().lines where line.marker == .none && host.isNamed(by: line) {
      if !types.contains(line.key.type) { types.append(line.key.type) }
    }
    return types
  }

  /// What the files say about `key` as the key of `host`. May read the files.
  func verdict(_ key: PublicKey, of host: HostName) -> Verdict {
    Self.verdict(key, of: host, in: all().lines)
  }

  /// The first authority that is trusted to certify the host's key. May read the files.
  func certAuthority(of host: HostName) -> KnownHostsLine? {
    all().lines.first { $0.marker == .certAuthority && host.isNamed(by: $0) }
  }

  /// Lines that could not be read, and files; for people. May read the files.
  func notes() -> [String] { all().notes }

  /// Appends the key to `file` unless it is known by now; from any thread, and it may block on the file's
  /// lock.
  ///
  /// The lock and a fresh look at the file make sure that the key is written once, also by several processes.
  /// - Parameter hashed: do not let the file tell the host's name (ssh_config(5), HashKnownHosts).
  /// - Returns: the verdict after the fresh look, `.unknown` when the key was written.
  func append(
    _ key: PublicKey, of host: HostName, to file: String, hashed: Bool
  ) throws(Failure) -> Verdict {
    try writing.withLock { _ throws(Failure) in
      // Another connection may have met the same key a moment ago.
      if case .known(let line) = verdict(key, of: host) { return .known(line) }
      let text = KnownHostsLine.text(host.name, key, hashed: hashed)
      let verdict = try KnownHostsEditor(path: file).append(text) { content in
        Self.verdict(key, of: host, in: Self.parse(content, file: file).lines)
      }
      switch verdict {
      case .unknown, .known:
        if let line = KnownHostsLine(text[...], location: file) {
          content.withLock { $0?.lines.append(line) }
        }
      default:
        break
      }
      return verdict
    }
  }

  /// Writes a line for a key of a further type, beside those that are known.
  func add(_ key: PublicKey, of host: HostName, to file: String, hashed: Bool) throws(Failure) {
    try writing.withLock { _ throws(Failure) in
      let text = KnownHostsLine.text(host.name, key, hashed: hashed)
      _ = try KnownHostsEditor(path: file).append(text) { _ in .unknown }
    }
    forget()
  }

  /// The files are read again when they are next asked for.
  func forget() { content.withLock { $0 = nil } }

  /// What one file has, as it is now; nothing when it cannot be read.
  static func lines(of file: String) -> [KnownHostsLine] {
    (try? Data(contentsOf: URL(filePath: file))).map { parse($0, file: file).lines } ?? []
  }

  private func all() -> Content {
    content.withLock { content in
      if let content { return content }
      var read = Content()
      for file in files {
        do {
          let more = Self.parse(try Data(contentsOf: URL(filePath: file)), file: file)
          read.lines += more.lines
          read.notes += more.notes
        } catch {
          // A file that is not there is an empty one.
          if let reason = SystemError.ofOpening(file) { read.notes.append("\(file): \(reason)") }
        }
      }
      content = read
      return read
    }
  }

  private static func parse(_ bytes: some Collection<UInt8>, file: String) -> Content {
    let text = String(decoding: bytes, as: UTF8.self)
    var content = Content()
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let location = "\(file):\(index + 1)"
      if let line = KnownHostsLine(line, location: location) {
        content.lines.append(line)
      } else if KnownHostsLine.isMeant(line), content.notes.count < 20 {
        content.notes.append("\(location): this line cannot be read and counts for nothing")
      }
    }
    return content
  }

  static func verdict(_ key: PublicKey, of host: HostName, in lines: [KnownHostsLine]) -> Verdict {
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
