/// Recognises YAML whose mapping keys may stand for very much, before the parser compares keys.
///
/// The parser follows aliases without copying, so they cost nothing until something walks them. It does walk
/// keys, to find duplicates, and a key may be an alias of aliases of aliases. Such keys mean nothing in an
/// inventory. This looks at the text alone and may be wrong about quoted text, so it only speaks up where
/// many aliases are used.
enum YAMLKeyGuard {
  /// With fewer aliases than this a key cannot stand for much.
  private static let harmlessAliases = 24

  static func mayExplode(_ text: String) -> Bool {
    var aliases = 0
    var hasComplexKey = false
    var previous = UInt8(ascii: "\n")
    var bytes = text.utf8.makeIterator()
    var next = bytes.next()
    while let byte = next {
      next = bytes.next()
      switch byte {
      case UInt8(ascii: "*") where startsToken(after: previous) && isName(next):
        aliases += 1
        // `*name :` is an alias as a key.
        var isName = true
        while let more = next, isName {
          isName = Self.isName(more)
          if isName { next = bytes.next() }
        }
        if isKeyEnd(&next, &bytes) { hasComplexKey = true }
      case UInt8(ascii: "?") where startsToken(after: previous) && isSpace(next):
        hasComplexKey = true
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if isKeyEnd(&next, &bytes) { hasComplexKey = true }
      default: break
      }
      if aliases > harmlessAliases, hasComplexKey { return true }
      // What was passed over ends in a place where a token may start.
      previous = "*]}".utf8.contains(byte) ? UInt8(ascii: " ") : byte
    }
    return false
  }

  /// Passes over blanks; whether a colon follows.
  private static func isKeyEnd(_ next: inout UInt8?, _ bytes: inout String.UTF8View.Iterator) -> Bool {
    while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { next = bytes.next() }
    return next == UInt8(ascii: ":")
  }

  private static func startsToken(after byte: UInt8) -> Bool {
    isSpace(byte) || "[{,:-?".utf8.contains(byte)
  }

  private static func isSpace(_ byte: UInt8?) -> Bool {
    guard let byte else { return true }
    return byte == 0x20 || (0x09...0x0d).contains(byte)
  }

  private static func isName(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return !isSpace(byte) && !"[]{},:".utf8.contains(byte)
  }
}
