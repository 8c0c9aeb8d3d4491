/// A list of algorithms as ssh_config(5) writes it: a whole list, or a change of the default one.
public struct AlgorithmList: Sendable, Hashable {
  enum Change: Sendable { case replace, append, remove, prefer }

  let change: Change
  /// Names, which may be patterns.
  let patterns: [String]

  /// Reads `a,b`, `+a,b` (after the defaults), `-a,b` (the defaults without them) or `^a,b` (before the defaults); nil
  /// for an empty list and for one with a `!` in it, which has no meaning here.
  public init?(_ text: String) {
    switch text.first {
    case "+": change = .append
    case "-": change = .remove
    case "^": change = .prefer
    default: change = .replace
    }
    let names = change == .replace ? Substring(text) : text.dropFirst()
    patterns = names.split(separator: ",").map(String.init)
    let wellFormed = patterns.allSatisfy { name in
      !name.hasPrefix("!") && name.utf8.allSatisfy { (33...126).contains($0) }
    }
    guard !patterns.isEmpty, wellFormed else { return nil }
  }

  /// The algorithms that are meant, the most wanted first.
  ///
  /// - Parameters:
  ///   - defaults: what the list changes.
  ///   - known: everything that could be had; names outside it are dropped, as OpenSSH drops what it was built without.
  public func applied(to defaults: [String], known: [String]) -> [String] {
    if change == .remove {
      return defaults.filter { name in !patterns.contains { ConfigPattern.matches(name, $0) } }
    }
    let wanted =
      switch change {
      case .append: defaults + patterns
      case .prefer: patterns + defaults
      default: patterns
      }
    var result: [String] = []
    for pattern in wanted {
      for name in known where ConfigPattern.matches(name, pattern) && !result.contains(name) {
        result.append(name)
      }
    }
    return result
  }
}

extension AlgorithmList: CustomStringConvertible {
  /// As it was written.
  public var description: String {
    let mark =
      switch change {
      case .replace: ""
      case .append: "+"
      case .remove: "-"
      case .prefer: "^"
      }
    return mark + patterns.joined(separator: ",")
  }
}
