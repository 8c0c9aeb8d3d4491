/// The names of members, made plain: no `./`, no empty components, nothing that leaves the archive.
enum MemberPath {
  /// The normal form of a member's name; empty for the archive's root. Throws `unsafe-path`.
  static func normal(_ name: String) throws(ImageError) -> String {
    try check(name)
    var components: [Substring] = []
    for component in name.split(separator: "/") where component != "." {
      guard component != ".." else { throw unsafe("has a name that leaves the archive", name) }
      components.append(component)
    }
    return components.joined(separator: "/")
  }

  /// Where a symbolic link at `path` leads; throws `unsafe-path` where that is outside.
  static func target(ofLink path: String, to destination: String) throws(ImageError) -> String {
    try check(destination)
    var components = path.split(separator: "/").dropLast()
    for component in destination.split(separator: "/") where component != "." {
      if component == ".." {
        guard components.popLast() != nil else { throw unsafe("has a link that leaves the archive", path) }
      } else {
        components.append(component)
      }
    }
    return components.joined(separator: "/")
  }

  private static func check(_ name: String) throws(ImageError) {
    guard !name.hasPrefix("/") else { throw unsafe("has an absolute name", name) }
    guard name.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
      throw unsafe("has control characters in a name", name)
    }
    guard name.utf8.count <= 4096 else { throw unsafe("has a name that is too long", name) }
  }

  private static func unsafe(_ reason: String, _ name: String) -> ImageError {
    ImageError(.unsafePath, "the archive \(reason): \(ImageError.shown(name))")
  }
}
